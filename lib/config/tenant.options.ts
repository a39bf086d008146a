import type { TenantRef } from '../event/audit-event.interface.js';
import { Callback, Flag, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import type { ResolverContext } from './resolver-context.interface.js';

/** For which tenant something happened. */
export class TenantOptions extends OptionSection {
  /**
   * Property of the request with the tenant: an object with `id`/`slug` or `tenantId`/`tenantSlug`, or the id itself.
   * @default 'tenant'
   */
  @Text()
  property = 'tenant';

  /**
   * Claim of a verified token with the tenant's id. Claims of other tokens are never read.
   */
  @Text()
  claim?: string;

  /**
   * Request header with the tenant's id. Anybody can send it: set it only behind a gateway that overwrites it.
   */
  @Text({
    allowed: 'a header name',
    matches: /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
    normalize: (name) => name.toLowerCase(),
  })
  header?: string;

  /**
   * Names the tenant in place of everything else; undefined leaves it to the other options.
   */
  @Callback('a function (context) => tenant or undefined, or a promise of it')
  resolve?: (context: ResolverContext) => TenantRef | undefined | Promise<TenantRef | undefined>;

  /**
   * Refuse to seal an event that has no tenant. Denied attempts and events of the system itself need none.
   * @default false
   */
  @Flag()
  required = false;
}
