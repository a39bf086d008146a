import { Injectable, UnauthorizedException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';

/** Made anew at each start. A real application asks its database, and keeps hashes only. */
export const API_KEYS = { alice: crypto.randomUUID(), bob: crypto.randomUUID() } as const;
export type Clerk = keyof typeof API_KEYS;

/** Leaves the caller on the request, where the audit trail finds it. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const caller = Object.entries(API_KEYS).find(([, key]) => key === request.headers['x-api-key']);
    if (!caller) throw new UnauthorizedException();
    request.user = { id: `u_${caller[0]}` };
    request.tenant = { id: 't_acme', slug: 'acme' };
    return true;
  }
}
