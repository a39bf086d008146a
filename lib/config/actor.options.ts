import type { Actor } from '../event/audit-event.interface.js';
import { JwtOptions } from './jwt.options.js';
import { Callback, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import type { ResolverContext } from './resolver-context.interface.js';
import { Nested } from './section.decorators.js';

/** Who acted: from a verified token, from what a guard left on the request, or from the application. */
export class ActorOptions extends OptionSection {
  /** Verification of bearer tokens. Without it a token never names the actor. */
  @Nested(() => JwtOptions)
  jwt?: JwtOptions;

  /**
   * Property of the request in which a guard leaves the user that it has verified. Only guards may write it: a user
   * that stands there weighs more than a token.
   * @default 'user'
   */
  @Text()
  userProperty = 'user';

  /**
   * Names the actor in place of everything else; undefined leaves it to token and user. An exception is counted and
   * the actor becomes anonymous.
   */
  @Callback('a function (context) => actor or undefined, or a promise of it')
  resolve?: (context: ResolverContext) => Actor | undefined | Promise<Actor | undefined>;
}
