import type { Annotation } from './annotation.interface.js';
import type { AuditScope } from './audit-scope.interface.js';

/** Work within other work: ids that it does not have itself it takes from the scope around it, when it is asked. */
export abstract class InnerScope {
  annotation: Annotation | undefined = undefined;
  changeCount = 0;
  private ownTransactionId: string | undefined = undefined;

  constructor(protected readonly outer: AuditScope | undefined) {}

  get requestId(): string | undefined {
    return this.outer?.requestId;
  }

  get correlationId(): string | undefined {
    return this.outer?.correlationId;
  }

  get traceId(): string | undefined {
    return this.outer?.traceId;
  }

  get spanId(): string | undefined {
    return this.outer?.spanId;
  }

  get sessionId(): string | undefined {
    return this.outer?.sessionId;
  }

  get transactionId(): string | undefined {
    return this.ownTransactionId ?? this.outer?.transactionId;
  }

  set transactionId(id: string | undefined) {
    this.ownTransactionId = id;
  }
}
