import type { JwtClaimsOptions } from '../../config/jwt-claims.options.js';
import type { Resolved } from '../../config/option-section.js';
import type { Actor, ActorType } from '../../event/audit-event.interface.js';
import { identifierOf } from '../identifier.js';
import { claimOf, textOf, wordsOf } from './claims.js';
import type { Claims, TokenRefusal } from './jwt-verification.interface.js';

/** Where applications keep an id on the user that a guard leaves on the request, besides the configured claim. */
const ID_PROPERTIES = ['id', 'sub', 'userId', 'user_id', '_id', 'uid', 'uuid'];
const MAX_EARLIER_ACTORS = 10;
const DEFAULT_CLAIMS: Resolved<JwtClaimsOptions> = {
  id: 'sub',
  type: 'actor_type',
  email: 'email',
  name: 'name',
  roles: 'roles',
  sessionId: 'sid',
  authMethod: 'amr',
};

type MutableActor = { -readonly [Key in keyof Actor]: Actor[Key] };

/** An actor, with what belongs to it but not into it. */
export interface Identity {
  readonly actor: Actor;
  /** The session id as the token or the user names it; to be hashed. */
  readonly sessionId?: string;
  /** Earlier actors of a delegation (nested `act`), latest first. For information only. */
  readonly earlierActors?: readonly string[];
}

/** What claims or a user say of an actor besides its id; anything, unread. */
interface ClaimedFields {
  readonly type: unknown;
  readonly name: unknown;
  readonly roles: unknown;
  readonly authMethod: unknown;
  readonly email: unknown;
  readonly sessionId: unknown;
  readonly act: unknown;
}

/** Turns verified claims and users into actors. */
export class ActorMapper {
  private readonly claims: Resolved<JwtClaimsOptions>;
  private readonly aliases: ReadonlyMap<string, string>;

  constructor(claims: Resolved<JwtClaimsOptions> | undefined, typeAliases: Readonly<Record<string, string>>) {
    this.claims = claims ?? DEFAULT_CLAIMS;
    this.aliases = new Map(Object.entries(typeAliases).map(([from, to]) => [from.toLowerCase(), to]));
  }

  /** @returns undefined when the claims name nobody */
  fromClaims(claims: Claims): Identity | undefined {
    const { type, name, roles, authMethod, email, sessionId } = this.claims;
    const id = identifierOf(claimOf(claims, this.claims.id));
    if (id === undefined) return undefined;
    return this.identity(id, 'jwt', {
      type: claimOf(claims, type),
      name: claimOf(claims, name),
      roles: claimOf(claims, roles),
      authMethod: claimOf(claims, authMethod),
      email: claimOf(claims, email),
      sessionId: claimOf(claims, sessionId),
      act: claims['act'],
    });
  }

  /** What a guard left on the request: an object, or just an id. Any of it may be unreadable. */
  fromUser(user: unknown, authMethod: string | undefined): Identity | undefined {
    if (typeof user !== 'object' || user === null) {
      const id = identifierOf(user);
      return id === undefined ? undefined : { actor: { type: this.typeOf('user'), id, ...optional({ authMethod }) } };
    }
    const view = new Readable(user);
    const id =
      identifierOf(view.claim(this.claims.id)) ??
      firstDefined(ID_PROPERTIES, (name) => identifierOf(view.property(name)));
    if (id === undefined) return undefined;
    const { type, name, roles, authMethod: method, email, sessionId } = this.claims;
    const identity = this.identity(id, authMethod, {
      type: view.claim(type) ?? view.property('actorType'),
      name: view.claim(name) ?? view.property('username') ?? view.property('displayName'),
      roles: view.claim(roles) ?? view.property('role'),
      authMethod: view.claim(method) ?? view.property('authMethod'),
      email: view.claim(email),
      sessionId: view.claim(sessionId),
      act: view.property('act'),
    });
    const privileged = view.property('privileged');
    if (typeof privileged !== 'boolean') return identity;
    return { ...identity, actor: { ...identity.actor, privileged } };
  }

  /** Somebody whose token did not verify: never an id, only a claim to one. */
  unverified(reason: TokenRefusal, claims: Claims | undefined): Actor {
    const claimedId = claims && identifierOf(claimOf(claims, this.claims.id));
    return { type: 'anonymous', ...optional({ claimedId }), claimReason: reason };
  }

  /** The name by which the log knows a kind of actor. */
  typeOf(type: unknown): ActorType {
    const given = textOf(type) ?? 'user';
    return this.aliases.get(given.toLowerCase()) ?? given;
  }

  private identity(id: string, authMethod: string | undefined, claimed: ClaimedFields): Identity {
    const actor: MutableActor = { type: this.typeOf(claimed.type), id };
    const proof = textOf(claimed.authMethod) ?? wordsOf(claimed.authMethod)?.join('+') ?? authMethod;
    if (proof !== undefined) actor.authMethod = proof;
    const roles = wordsOf(claimed.roles);
    if (roles !== undefined) actor.roles = roles;
    const email = textOf(claimed.email);
    if (email !== undefined) actor.email = email;
    const name = textOf(claimed.name);
    if (name !== undefined) actor.name = name;
    const sessionId = identifierOf(claimed.sessionId);
    const delegated = this.delegation(actor, claimed.act);
    const identity = delegated ?? { actor };
    return sessionId === undefined ? identity : { ...identity, sessionId };
  }

  /** RFC 8693: whoever acts is `act.sub`; the token's own subject is the one acted for. */
  private delegation(principal: Actor, act: unknown): Identity | undefined {
    if (typeof act !== 'object' || act === null) return undefined;
    const acting = act as Claims;
    const id = identifierOf(claimOf(acting, this.claims.id)) ?? identifierOf(claimOf(acting, 'sub'));
    if (id === undefined) return undefined;
    const email = textOf(claimOf(acting, this.claims.email));
    const name = textOf(claimOf(acting, this.claims.name));
    const roles = wordsOf(claimOf(acting, this.claims.roles));
    const earlier = earlierActors(acting['act'], this.claims.id);
    return {
      actor: {
        type: this.typeOf(claimOf(acting, this.claims.type)),
        id,
        ...optional({ authMethod: principal.authMethod, roles, email, name }),
        onBehalfOf: { id: principal.id as string, type: principal.type },
      },
      ...(earlier.length > 0 ? { earlierActors: earlier } : {}),
    };
  }
}

function earlierActors(act: unknown, idClaim: string): string[] {
  const ids: string[] = [];
  let current = act;
  while (typeof current === 'object' && current !== null && ids.length < MAX_EARLIER_ACTORS) {
    const id = identifierOf(claimOf(current as Claims, idClaim)) ?? identifierOf(claimOf(current as Claims, 'sub'));
    if (id !== undefined) ids.push(id);
    current = (current as Claims)['act'];
  }
  return ids;
}

/** Users may be entities with getters: whatever throws counts as absent. */
class Readable {
  constructor(private readonly target: object) {}

  property(name: string): unknown {
    try {
      return (this.target as Claims)[name];
    } catch {
      return undefined;
    }
  }

  claim(name: string): unknown {
    const direct = this.property(name);
    if (direct !== undefined || !name.includes('.')) return direct;
    return name.split('.').reduce<unknown>((value, part) => {
      return typeof value === 'object' && value !== null ? new Readable(value).property(part) : undefined;
    }, this.target);
  }
}

function firstDefined<Value>(names: readonly string[], read: (name: string) => Value | undefined): Value | undefined {
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function optional<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const present: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) present[name] = value;
  return present as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}
