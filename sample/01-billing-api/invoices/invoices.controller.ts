import {
  Body,
  Controller,
  Delete,
  Get,
  NotFoundException,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Req,
  Sse,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { InjectRepository } from '@nestjs/typeorm';
import { Audit, AuditService } from 'nestjs-audit-trail';
import { interval, map, take } from 'rxjs';
import type { Observable } from 'rxjs';
import { Repository } from 'typeorm';
import { CreateInvoiceDto } from './create-invoice.dto.js';
import { Invoice } from './invoice.entity.js';

interface TenantRequest {
  readonly tenant: { readonly id: string };
}

@Controller('invoices')
export class InvoicesController {
  constructor(
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    private readonly audit: AuditService,
  ) {}

  @Post()
  @Audit({ resource: { type: 'invoice', id: { response: 'id' } } })
  create(@Req() { tenant }: TenantRequest, @Body() { number, customer, amount }: CreateInvoiceDto): Promise<Invoice> {
    return this.invoices.save(this.invoices.create({ tenantId: tenant.id, number, customer, amount }));
  }

  @Get()
  list(@Req() { tenant }: TenantRequest): Promise<Invoice[]> {
    return this.invoices.findBy({ tenantId: tenant.id });
  }

  /** A read that is worth an event: who looked at which invoice. */
  @Get(':id')
  @Audit({ action: 'invoice.read' })
  read(@Req() request: TenantRequest, @Param('id', ParseUUIDPipe) id: string): Promise<Invoice> {
    return this.find(request, id);
  }

  @Patch(':id')
  async edit(
    @Req() request: TenantRequest,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() change: { amount: number },
  ): Promise<Invoice> {
    const invoice = await this.find(request, id);
    return this.invoices.save(Object.assign(invoice, { amount: change.amount }));
  }

  /** Money moves: the answer waits until the event is sealed, and is a 503 if it cannot be. */
  @Post(':id/pay')
  @Audit({ action: 'invoice.pay', durability: 'strict' })
  async pay(@Req() request: TenantRequest, @Param('id', ParseUUIDPipe) id: string): Promise<Invoice> {
    const invoice = await this.find(request, id);
    this.audit.annotate({ metadata: { amount: invoice.amount } });
    return this.invoices.save(Object.assign(invoice, { status: 'paid' }));
  }

  @Delete(':id')
  async remove(@Req() request: TenantRequest, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.invoices.remove(await this.find(request, id));
  }

  @Post(':id/attachment')
  @UseInterceptors(FileInterceptor('file'))
  @Audit({ action: 'invoice.attach' })
  attach(@UploadedFile() file: { size: number } | undefined): { size: number } {
    return { size: file?.size ?? 0 };
  }

  @Sse('live/updates')
  @Audit({ action: 'invoice.watch' })
  watch(): Observable<MessageEvent> {
    return interval(5).pipe(
      take(3),
      map((n) => ({ data: { n } })),
    );
  }

  @Post('import/legacy')
  importLegacy(): never {
    throw new TypeError('cannot read the legacy export: postgres://importer:s3cret@legacy.internal/db refused');
  }

  private async find({ tenant }: TenantRequest, id: string): Promise<Invoice> {
    const invoice = await this.invoices.findOneBy({ id, tenantId: tenant.id });
    if (!invoice) throw new NotFoundException();
    return invoice;
  }
}
