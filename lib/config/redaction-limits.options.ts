import { DEFAULT_LIMITS } from '../redaction/redaction-limits.js';
import { WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';

/** Bounds of what one value may become. What is cut away leaves its size, and a digest if `redaction.hmac` is set. */
export class RedactionLimitsOptions extends OptionSection {
  /**
   * Levels of nesting.
   * @default 32
   */
  @WholeNumber({ min: 2, max: 32 })
  depth = DEFAULT_LIMITS.depth;

  /**
   * Object members in all.
   * @default 1000
   */
  @WholeNumber({ min: 1 })
  keys = DEFAULT_LIMITS.keys;

  /**
   * Entries of one array, map or set.
   * @default 200
   */
  @WholeNumber({ min: 2 })
  array = DEFAULT_LIMITS.array;

  /**
   * Values of any kind in all.
   * @default 10000
   */
  @WholeNumber({ min: 10 })
  nodes = DEFAULT_LIMITS.nodes;

  /**
   * Characters (UTF-16 units) of one string.
   * @default 8192
   */
  @WholeNumber({ min: 16 })
  string = DEFAULT_LIMITS.string;

  /**
   * Characters of one key.
   * @default 256
   */
  @WholeNumber({ min: 64 })
  key = DEFAULT_LIMITS.key;

  /**
   * UTF-8 bytes of the whole value as canonical JSON.
   * @default 65535
   */
  @WholeNumber({ min: 4_096, unit: 'bytes' })
  bytes = DEFAULT_LIMITS.bytes;

  /**
   * Largest value, in bytes, of which a digest is taken. Of larger ones only the size is kept.
   * @default 1048576
   */
  @WholeNumber({ min: 0, unit: 'bytes' })
  digest = DEFAULT_LIMITS.digest;
}
