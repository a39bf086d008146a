import { createSecretKey } from 'node:crypto';
import { ForbiddenException, Injectable, UnauthorizedException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import jwt from 'jsonwebtoken';
import { JWT_SECRET } from './auth.controller.js';
import { IS_PUBLIC } from './public.decorator.js';
import { NEEDS_ROLE } from './role.decorator.js';

export interface Caller {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly tenant_id: string;
  readonly tenant_slug: string;
}

const KEY = createSecretKey(Buffer.from(JWT_SECRET));

/** Verifies the token and leaves the caller and its tenant on the request, where the audit trail finds them. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest();
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new UnauthorizedException();
    const caller = this.verify(token);
    request.user = caller;
    request.tenant = { id: caller.tenant_id, slug: caller.tenant_slug };
    const role = this.reflector.getAllAndOverride<string>(NEEDS_ROLE, targets);
    if (role && !caller.roles.includes(role)) throw new ForbiddenException(`This needs the role ${role}.`);
    return true;
  }

  private verify(token: string): Caller {
    try {
      return jwt.verify(token, KEY, { algorithms: ['HS256'] }) as unknown as Caller;
    } catch {
      throw new UnauthorizedException();
    }
  }
}
