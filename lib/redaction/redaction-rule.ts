import type { RedactionMode } from './redaction-options.interface.js';

/** One decision to hide: what stands in the marker, and how much of the value stays. */
export interface RedactionRule {
  /** `key:password`, `pattern:pan`, `path:request.body.email`: stands in the marker and names the rule in `modes`. */
  readonly label: string;
  /** The label inside a text, where patterns go without their prefix: `[REDACTED:pan]`. */
  readonly inlineLabel: string;
  readonly mode: RedactionMode;
  /** Must not be shown in part or as a digest, whatever another rule says. */
  readonly neverShown: boolean;
  /** The whole-value marker of mode `mask`: one frozen object for all values. */
  readonly marker: { readonly $redacted: string };
}

export function makeRule(label: string, mode: RedactionMode, neverShown = false): RedactionRule {
  return {
    label,
    inlineLabel: label.startsWith('pattern:') ? label.slice('pattern:'.length) : label,
    mode,
    neverShown,
    marker: Object.freeze({ $redacted: label }),
  };
}

/** A path rule wins over a key rule, unless the key stands for something of which nothing may be kept. */
export function strictest(
  byPath: RedactionRule | undefined,
  byKey: RedactionRule | undefined,
): RedactionRule | undefined {
  if (byPath === undefined) return byKey;
  const keepsSome = byPath.mode === 'partial' || byPath.mode === 'hmac';
  return byKey !== undefined && byKey.neverShown && keepsSome ? byKey : byPath;
}
