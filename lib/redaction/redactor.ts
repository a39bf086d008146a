import { canonicalize } from '../event/canonical.js';
import type {
  JsonValue,
  SanitizedJson,
  SanitizedValue,
  SanitizerFlag,
  ValueSanitizer,
} from '../event/value-sanitizer.interface.js';
import { Concealer } from './concealer.js';
import { IdentifierConcealer } from './identifier-concealer.js';
import { KeyMatcher } from './keys/key-matcher.js';
import { KeyPlanner } from './keys/key-planner.js';
import { KeyRules } from './keys/key-rules.js';
import { PathRules } from './paths/path-rules.js';
import type { PathState } from './paths/path-rules.js';
import { selectPatterns } from './patterns/pattern-registry.js';
import type { PatternRules } from './patterns/pattern-registry.js';
import { Pseudonymizer } from './pseudonymizer.js';
import { resolveLimits } from './redaction-limits.js';
import type { RedactionOptions } from './redaction-options.interface.js';
import { strictest } from './redaction-rule.js';
import type { RedactionRule } from './redaction-rule.js';
import { RuleModes } from './rule-modes.js';
import { withVisibleEscapes } from './text/identifier-escapes.js';
import { plainText } from './text/plain-text.js';
import { shortened } from './text/shortener.js';
import { TextRedactor } from './text/text-redactor.js';
import type { RedactedText } from './text/text-redactor.js';
import { Trait, traitsOf } from './text/text-traits.js';
import { headOf } from './text/well-formed.js';
import { Marker, WalkFlag } from './walk/markers.js';
import { PlainJson } from './walk/plain-json.js';
import { DEFAULT_TYPES } from './walk/value-types.js';
import { ValueWalk } from './walk/value-walk.js';
import type { WalkRules } from './walk/walk-rules.js';

const CACHED_ROOTS = 256;
const IDENTIFIER_LENGTH = 256;
const DROPPED: SanitizedValue = Object.freeze({
  value: Marker.redaction,
  hits: 0,
  flags: Object.freeze(['degraded' as const]),
});
/** The eight lists that the bits of {@link WalkFlag} make, so that no walk has to make one. */
const FLAG_LISTS = Array.from({ length: 8 }, (_, bits) =>
  Object.freeze(
    [
      (bits & WalkFlag.Sanitized) !== 0 && 'sanitized',
      (bits & WalkFlag.Truncated) !== 0 && 'truncated',
      (bits & WalkFlag.Degraded) !== 0 && 'degraded',
    ].filter((flag): flag is SanitizerFlag => flag !== false),
  ),
);

/** What the rules say about a root: where its walk starts, and whether it is hidden as a whole. */
interface Root {
  readonly rule: RedactionRule | undefined;
  readonly state: PathState | undefined;
}

/**
 * Hides secrets in values, by key, by place and by shape, and makes any value plain JSON that can be stored.
 *
 * Made once and used for everything; it remembers what it decided about keys, within bounds. It never changes what it is
 * given, and it never throws: a value that can't be redacted is dropped, not kept.
 *
 * @publicApi
 */
export class Redactor implements ValueSanitizer {
  private readonly rules: WalkRules;
  private readonly keyRules: KeyRules;
  /** For identifiers: `session:42` is a name there, not an assignment. */
  private readonly names: TextRedactor;
  private readonly pseudonymizer: Pseudonymizer | undefined;
  private readonly roots = new Map<string, Root>();

  /** @throws InvalidRedactionOptionError for options that can't be obeyed */
  constructor(options: RedactionOptions = {}) {
    const limits = resolveLimits(options.limits);
    const modes = new RuleModes(options);
    this.pseudonymizer = options.hmac === undefined ? undefined : new Pseudonymizer(options.hmac);
    const concealer = new Concealer(this.pseudonymizer);
    this.keyRules = new KeyRules(new KeyMatcher(options), modes);
    const patternRules: PatternRules = {
      forPattern: (name) => modes.forPattern(name),
      forName: (name) => this.keyRules.ruleOf(name),
    };
    const { patterns = {} } = options;
    const texts = new TextRedactor(selectPatterns(patterns, patternRules), concealer);
    this.names = new TextRedactor(
      selectPatterns({ ...patterns, disable: [...(patterns.disable ?? []), 'assignment'] }, patternRules),
      new IdentifierConcealer(this.pseudonymizer),
    );
    const paths = new PathRules();
    for (const { path, mode } of options.paths ?? []) paths.add(path, modes.forPath(path, mode));
    modes.refuseUnused();
    this.rules = {
      limits,
      keys: new KeyPlanner(this.keyRules, texts, limits.key),
      texts,
      concealer,
      paths: paths.isEmpty ? undefined : paths,
      types: [...(options.types ?? []), ...DEFAULT_TYPES],
    };
  }

  /**
   * Redacts, sanitises and caps any value.
   * @param root where the value stands, e.g. `request.body`; its last name is judged like a key, so a value under
   *   `request.cookies` is hidden as a whole
   */
  sanitize(value: unknown, root: string): SanitizedValue {
    try {
      const { rule, state } = this.rootOf(root);
      const walk = new ValueWalk(this.rules);
      const clean = (rule === undefined ? walk.visit(value, 1, state) : walk.hide(rule, value)) ?? null;
      return { value: clean, hits: walk.hits, flags: FLAG_LISTS[walk.flags] };
    } catch {
      return DROPPED;
    }
  }

  /** Like {@link sanitize}, as canonical JSON. */
  sanitizeToJson(value: unknown, root: string): SanitizedJson {
    const plain = this.writePlain(root, (walk, state) => walk.write(value, state));
    if (plain !== undefined) return plain;
    const { value: clean, hits, flags } = this.sanitize(value, root);
    return { json: canonicalize(clean), hits, flags };
  }

  /** What {@link sanitizeToJson} makes of a member of an object at `root`; `null` if it is left out. */
  memberToJson(name: string, value: unknown, root: string): SanitizedJson {
    // Assigned, because V8 is slow with computed keys in literals.
    const wrapped: Record<string, unknown> = {};
    wrapped[name] = value;
    const plain = this.writePlain(root, (walk, state) => walk.writeMember(wrapped, name, state));
    if (plain !== undefined) return plain;
    const { value: clean, hits, flags } = this.sanitize(wrapped, root);
    const isWritten = typeof clean === 'object' && clean !== null && Object.hasOwn(clean, name);
    return { json: isWritten ? canonicalize((clean as Record<string, JsonValue>)[name]) : 'null', hits, flags };
  }

  /** Free text: secrets hidden, storable, at most `maxLength` characters. A longer text keeps head and tail. */
  text(value: unknown, maxLength: number): string {
    return this.describeText(value, maxLength).text;
  }

  /** Like {@link text}, and says what was done. */
  describeText(value: unknown, maxLength: number): RedactedText {
    const { texts } = this.rules;
    try {
      const raw = plainText(value);
      if (raw.length > maxLength) return this.cutText(raw, maxLength);
      const traits = traitsOf(raw);
      if (!texts.concerns(traits)) return { text: raw, hits: 0, repaired: false };
      const clean = texts.redact(raw, traits);
      return clean.text.length <= maxLength ? clean : { ...clean, text: headOf(clean.text, maxLength) };
    } catch {
      return { text: headOf('[REDACTED:unreadable]', maxLength), hits: 0, repaired: true };
    }
  }

  /** Identifiers and header values: secrets hidden, nothing invisible, short. */
  identifier(value: unknown, maxLength: number = IDENTIFIER_LENGTH): string {
    try {
      const raw = plainText(value);
      const traits = traitsOf(raw);
      const isPlain = raw.length <= maxLength && (traits & Trait.Unprintable) === 0;
      if (isPlain && (!this.names.concerns(traits) || this.names.find(raw, traits) === undefined)) return raw;
      return shortened(raw, maxLength, this.names, withVisibleEscapes).text;
    } catch {
      return headOf('[REDACTED:unreadable]', maxLength);
    }
  }

  /** Whether values of this name are hidden by a key rule, and by which: `key:password`. */
  ruleOf(name: string): string | undefined {
    return this.keyRules.ruleOf(name)?.label;
  }

  /**
   * A keyed digest by which equal values can be recognised, such as the id of a session or an address:
   * `hmac:<key id>:<64 hex digits>`. `undefined` without a key, because a plain digest can be guessed.
   */
  pseudonym(value: string): string | undefined {
    if (this.pseudonymizer === undefined) return undefined;
    return `hmac:${this.pseudonymizer.keyId}:${this.pseudonymizer.digest(value)}`;
  }

  private writePlain(
    root: string,
    write: (walk: PlainJson, state: PathState | undefined) => string,
  ): SanitizedJson | undefined {
    try {
      const { rule, state } = this.rootOf(root);
      if (rule !== undefined) return undefined;
      const plain = new PlainJson(this.rules);
      const json = write(plain, state);
      return { json, hits: plain.hits, flags: FLAG_LISTS[0] };
    } catch {
      // Not plain, or unreadable: the walk will see which.
      return undefined;
    }
  }

  private cutText(raw: string, maxLength: number): RedactedText {
    const note = `…[${raw.length} characters]…`;
    const room = Math.max(0, maxLength - note.length);
    const tailLength = room < 64 ? 0 : room >> 2;
    const { head, tail, hits, repaired } = this.rules.texts.cut(raw, room - tailLength, tailLength);
    return { text: headOf(`${head}${note}${tail}`, maxLength), hits, repaired };
  }

  private rootOf(root: string): Root {
    const known = this.roots.get(root);
    if (known !== undefined) return known;
    const made = this.judgeRoot(root);
    if (this.roots.size >= CACHED_ROOTS) this.roots.clear();
    this.roots.set(root, made);
    return made;
  }

  private judgeRoot(root: string): Root {
    const { paths } = this.rules;
    const names = root.split('.');
    const byKey = names.length > 1 ? this.keyRules.ruleOf(names[names.length - 1]) : undefined;
    if (paths === undefined) return { rule: byKey, state: undefined };
    let state = paths.start();
    let byPath: RedactionRule | undefined;
    for (const name of names) {
      state = paths.step(state, name);
      byPath ??= paths.ruleOf(state);
    }
    return { rule: strictest(byPath, byKey), state };
  }
}
