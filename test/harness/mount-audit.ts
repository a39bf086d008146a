import type { DynamicModule, INestApplication } from '@nestjs/common';
import { AuditModule } from '../../lib/audit.module.js';
import { AuditService } from '../../lib/audit.service.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import { seenEvent } from './seen-event.js';
import type { SeenEvent } from './seen-event.js';

/** So long an answer waits for its event before it is given up, in tests that have sealing fail. */
const SEAL_TIMEOUT_MS = 500;
const RETRY_MS = 50;
const CAPTURE = 'capture.';

/** What tests see of the audit trail of an application. */
export interface AuditProbe {
  readonly module: DynamicModule;
  /** What the capture has reported. */
  readonly failures: { readonly error: unknown; readonly where: string }[];
  /** Puts something before each append of the store: it may fail, delay or allow it. */
  sealing(application: INestApplication, outcome: () => Promise<void>): void;
  /** All events of the application so far, in the order of the log. Sealing succeeds from now on. */
  events(application: INestApplication): Promise<SeenEvent[]>;
}

/** Mounts the whole module, with its log in memory. */
export function mountAudit(options: AuditModuleOptions): AuditProbe {
  const failures: AuditProbe['failures'] = [];
  let outcome: () => Promise<void> = () => Promise.resolve();
  return {
    failures,
    sealing(application, given) {
      outcome = given;
      const { ledger } = application.get(AuditRuntime, { strict: false }).storage;
      if (Object.hasOwn(ledger, 'append')) return;
      const { append, appendLocked } = ledger;
      ledger.append = (batch) => outcome().then(() => append.call(ledger, batch));
      ledger.appendLocked = (streams, seal) => outcome().then(() => appendLocked.call(ledger, streams, seal));
    },
    async events(application) {
      outcome = () => Promise.resolve();
      const audit = application.get(AuditService, { strict: false });
      await audit.whenIdle();
      const seen: SeenEvent[] = [];
      for await (const entry of audit.stream({ order: 'oldest' })) {
        if (!entry.record.action.startsWith('audit.')) seen.push(seenEvent(entry));
      }
      return seen;
    },
    module: AuditModule.forRoot({
      ...options,
      storage: { type: 'memory' },
      service: { name: 'harness' },
      verification: { enabled: false },
      queue: { sealTimeoutMs: SEAL_TIMEOUT_MS, retryMaxMs: RETRY_MS, lingerMs: 1, ...options.queue },
      onError: (error, { where }) => {
        if (String(where).startsWith(CAPTURE)) failures.push({ error, where: String(where).slice(CAPTURE.length) });
      },
    }),
  };
}
