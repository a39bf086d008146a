import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AuditRuntime } from './runtime/audit-runtime.js';

/** Opens the trail before the application serves anything. A store that cannot be opened stops the start. */
@Injectable()
export class AuditLifecycle implements OnModuleInit {
  constructor(private readonly runtime: AuditRuntime) {}

  async onModuleInit(): Promise<void> {
    await this.runtime.start();
  }
}
