import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { HttpObserver } from './http/http-observer.js';
import type { OperationObserver } from './operations/operation-observer.js';

/**
 * The outermost global interceptor, registered only where it is needed. For HTTP it only enriches what the edge records;
 * GraphQL operations, messages and WebSocket events are recorded here. Contexts that it does not know pass untouched.
 */
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly http: HttpObserver,
    private readonly operations: OperationObserver,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') return this.http.around(context, next);
    return this.operations.around(context, next);
  }
}
