import { resolveAuditOptions } from '../../lib/config/resolve-audit-options.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import type { OperationalLog } from '../../lib/runtime/audit-log.interface.js';
import { createStorage } from '../../lib/storage/storage.factory.js';

export class RecordingLog implements OperationalLog {
  readonly lines: string[] = [];
  log(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.lines.push(message);
  }
  error(message: string): void {
    this.lines.push(message);
  }
}

/** A trail without Nest. */
export function auditRuntime(options: AuditModuleOptions, log: OperationalLog = new RecordingLog()): AuditRuntime {
  return new AuditRuntime(resolveAuditOptions(options, {}), log, (storage) => createStorage(storage));
}
