import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { CaptureRuntime } from './capture/capture-runtime.js';
import { AuditRuntime } from './runtime/audit-runtime.js';

/**
 * Seals what is left and closes the store. It lives in the outer, non-global module: those shut down before every
 * global one, so the application's DataSource is still open, and after the server has closed, so nothing comes after.
 */
@Injectable()
export class AuditShutdown implements OnApplicationShutdown {
  constructor(
    private readonly runtime: AuditRuntime,
    private readonly capture: CaptureRuntime,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    // With `forceCloseConnections` the cut responses emit `close` one or two turns after this hook has begun.
    for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    await this.capture.close();
    await this.runtime.stop();
  }
}
