import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { Audit, AuditService } from 'nestjs-audit-trail';
import { NeedsRole } from '../auth/role.decorator.js';

@Controller('admin')
@NeedsRole('admin')
@Audit({ resource: { type: 'audit_trail' } })
export class AdminController {
  constructor(private readonly audit: AuditService) {}

  /** Reading the trail is itself an event. */
  @Get('trail')
  @Audit({ action: 'audit_trail.read' })
  async trail(@Query('cursor') cursor?: string): Promise<object> {
    const { items, nextCursor } = await this.audit.find({ limit: 20, ...(cursor ? { cursor } : {}) });
    return { items: items.map(({ logIndex, record }) => ({ logIndex, ...record })), nextCursor };
  }

  @Post('verify')
  @HttpCode(200)
  @Audit({ action: 'audit_trail.verify' })
  verify(): Promise<object> {
    return this.audit.verify();
  }
}
