import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { HttpObserver } from './http/http-observer.js';
import type { OperationObserver } from './operations/operation-observer.js';

/**
 * Refuses nobody. It is the first global guard and only notes which handler a request is for, so that the event of a
 * request that another guard refuses can name it.
 */
export class AuditGuard implements CanActivate {
  constructor(
    private readonly http: HttpObserver,
    private readonly operations: OperationObserver,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    try {
      if (context.getType() === 'http') this.http.atGuards(context);
      else if (this.http.hasInterceptor) this.operations.atGuards(context);
    } catch {
      // Whatever is wrong here, the application's guards decide, not the audit trail.
    }
    return true;
  }
}
