import type { Resolved } from '../../config/option-section.js';
import type { TenantOptions } from '../../config/tenant.options.js';
import type { TenantRef } from '../../event/audit-event.interface.js';
import { claimOf, textOf } from '../actor/claims.js';
import { isThenable } from '../actor/actor-resolver.js';
import type { ResolvedCaller } from '../actor/actor-resolver.js';
import type { Caller } from '../actor/caller.interface.js';
import { reportFailure } from '../capture-failure.js';
import { identifierOf } from '../identifier.js';
import type { CaptureFailureHandler } from '../capture-failure.js';

type Found = TenantRef | undefined;

/** Finds out for which tenant a request is: own resolver, else the request's property, a verified claim, a header. */
export class TenantResolver {
  constructor(
    private readonly options: Resolved<TenantOptions>,
    private readonly userProperty: string,
    private readonly onFailure: CaptureFailureHandler,
  ) {}

  /** Never fails; @returns a promise only while the application's resolver takes its time. */
  resolve(caller: Caller, resolved: ResolvedCaller): Found | Promise<Found> {
    const { resolve } = this.options;
    if (resolve === undefined) return this.fromRequest(caller, resolved);
    try {
      const answer = resolve({
        type: caller.type,
        request: caller.request,
        user: caller.property(this.userProperty),
        ...(resolved.claims ? { claims: resolved.claims } : {}),
      });
      if (!isThenable<Found>(answer)) return toTenant(answer) ?? this.fromRequest(caller, resolved);
      return Promise.resolve(answer).then(
        (tenant) => toTenant(tenant) ?? this.fromRequest(caller, resolved),
        (error: unknown) => this.gaveUp(error),
      );
    } catch (error) {
      return this.gaveUp(error);
    }
  }

  private fromRequest(caller: Caller, { claims }: ResolvedCaller): Found {
    const { property, claim, header } = this.options;
    const found = toTenant(caller.property(property));
    if (found !== undefined) return found;
    if (claim !== undefined && claims !== undefined) {
      const tenant = toTenant(readClaim(claims, claim));
      if (tenant !== undefined) return tenant;
    }
    if (header === undefined) return undefined;
    const sent = caller.headers[header];
    return toTenant(Array.isArray(sent) ? sent[0] : sent);
  }

  /** A resolver that fails must not let a weaker source name the tenant. */
  private gaveUp(error: unknown): undefined {
    reportFailure(this.onFailure, error, 'tenant.resolve');
    return undefined;
  }
}

/** `{ id, slug }`, `{ tenantId, tenantSlug }`, or the id itself. */
export function toTenant(value: unknown): Found {
  if (value === undefined || value === null) return undefined;
  try {
    const own = identifierOf(value);
    if (own !== undefined) return { id: own };
    if (typeof value !== 'object') return undefined;
    const { id, tenantId, slug, tenantSlug } = value as Record<string, unknown>;
    const foundId = identifierOf(id) ?? identifierOf(tenantId);
    const foundSlug = textOf(slug) ?? textOf(tenantSlug);
    if (foundId === undefined) return foundSlug === undefined ? undefined : { slug: foundSlug };
    return foundSlug === undefined ? { id: foundId } : { id: foundId, slug: foundSlug };
  } catch {
    return undefined;
  }
}

/** Claims may be a user object with getters. */
function readClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return claims[name] ?? claimOf(claims, name);
  } catch {
    return undefined;
  }
}
