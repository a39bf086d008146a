import { Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';

/** Which claims of a verified token say what. A claim within a claim is written with dots: `realm.user`. */
export class JwtClaimsOptions extends OptionSection {
  /**
   * Claim with the actor's id. A token without it names no actor.
   * @default 'sub'
   */
  @Text()
  id = 'sub';

  /**
   * Claim with the actor's type, mapped by `actorTypeAliases`. Without the claim the type is `user`.
   * @default 'actor_type'
   */
  @Text()
  type = 'actor_type';

  /**
   * Claim with the e-mail address, kept in the erasable `client` section.
   * @default 'email'
   */
  @Text()
  email = 'email';

  /**
   * Claim with the display name, kept in the erasable `client` section.
   * @default 'name'
   */
  @Text()
  name = 'name';

  /**
   * Claim with the actor's roles: a list, or words separated by blanks.
   * @default 'roles'
   */
  @Text()
  roles = 'roles';

  /**
   * Claim with the session id, of which only a hash is recorded.
   * @default 'sid'
   */
  @Text()
  sessionId = 'sid';

  /**
   * Claim that says how the actor proved who it is. Without the claim the method is `jwt`.
   * @default 'amr'
   */
  @Text()
  authMethod = 'amr';
}
