import { InvalidRedactionOptionError } from './invalid-redaction-option.error.js';

/** Bounds of what one value may become. @publicApi */
export interface RedactionLimits {
  /**
   * Levels of nesting in the output, markers included; at most 32.
   * @default 32
   */
  readonly depth: number;
  /**
   * Object members in all.
   * @default 1000
   */
  readonly keys: number;
  /**
   * Entries of one array, map or set.
   * @default 200
   */
  readonly array: number;
  /**
   * Values of any kind in all, which bounds nested arrays and objects that are referred to many times.
   * @default 10000
   */
  readonly nodes: number;
  /**
   * Characters (UTF-16 units) of one string.
   * @default 8192
   */
  readonly string: number;
  /**
   * Characters of one key.
   * @default 256
   */
  readonly key: number;
  /**
   * UTF-8 bytes of the whole output as canonical JSON.
   * @default 65535
   */
  readonly bytes: number;
  /**
   * Largest value, in bytes, of which a digest is taken; beyond it only the length is kept.
   * @default 1048576
   */
  readonly digest: number;
}

export const DEFAULT_LIMITS: RedactionLimits = {
  depth: 32,
  keys: 1000,
  array: 200,
  nodes: 10_000,
  string: 8192,
  key: 256,
  bytes: 65_535,
  digest: 1_048_576,
};

const LEAST: RedactionLimits = { depth: 2, keys: 1, array: 2, nodes: 10, string: 16, key: 64, bytes: 4096, digest: 0 };
const MAX_DEPTH = 32;

/** @throws InvalidRedactionOptionError for an unknown name or a number out of range */
export function resolveLimits(given: Partial<RedactionLimits> = {}): RedactionLimits {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const least = LEAST[name as keyof RedactionLimits];
    if (least === undefined) {
      throw new InvalidRedactionOptionError(
        `redaction.limits.${name}`,
        `there is no such limit. Known are: ${Object.keys(LEAST).join(', ')}.`,
      );
    }
    const most = name === 'depth' ? MAX_DEPTH : Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidRedactionOptionError(
        `redaction.limits.${name}`,
        `it is ${String(value)}. Give a whole number from ${least}${most === MAX_DEPTH ? ` to ${MAX_DEPTH}` : ' on'}.`,
      );
    }
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(set) };
}
