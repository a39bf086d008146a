import { parseUint64 } from '../encoding/strict-encoding.js';
import { TileError } from './tile.error.js';
import { TILE_WIDTH } from './tile-layout.js';

/** A tile level, or `entries` for the bundles beside level 0. */
export type TileLevel = number | 'entries';

/** A tile or entry bundle by its coordinates. */
export interface TileCoordinates {
  /** Level of the hashes, 0 to 63, or `entries`. */
  level: TileLevel;
  /** Position of the tile at its level, from 0. */
  index: number;
  /** Number of hashes or entries, 1 to 256; 256 is a full tile. */
  width: number;
}

const MAX_LEVEL = 63;
const DIGITS = 3;
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/**
 * Path of a tile or entry bundle below the log's prefix (C2SP tlog-tiles): `tile/<level>/<index>[.p/<width>]`, the index
 * in groups of three digits, all but the last prefixed with `x`.
 *
 * @throws TileError for coordinates that no tile has
 * @publicApi
 */
export function tilePath(level: TileLevel, index: number, width: number = TILE_WIDTH): string {
  const levelFits = level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL);
  const widthFits = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH;
  if (!levelFits || !widthFits || !Number.isSafeInteger(index) || index < 0) {
    throw new TileError('malformed_path', `There is no tile ${index} of width ${width} at level ${level}.`);
  }
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / DIGITS) * DIGITS, '0');
  const groups = padded.match(/.{3}/g) as string[];
  const last = groups.pop() as string;
  const suffix = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${level}/${groups.map((group) => `x${group}/`).join('')}${last}${suffix}`;
}

/**
 * Reads the path of a tile or entry bundle, for serving a log over HTTP.
 *
 * @throws TileError unless it is exactly what {@link tilePath} writes
 * @publicApi
 */
export function parseTilePath(path: string): TileCoordinates {
  const match = PATH.exec(path);
  const digits = match?.[2].replace(/[x/]/g, '').replace(/^0+(?=[0-9])/, '') ?? '';
  const index = Number(parseUint64(digits) ?? NaN);
  const level = match?.[1] === 'entries' ? 'entries' : Number(match?.[1]);
  const width = match?.[3] === undefined ? TILE_WIDTH : Number(match[3]);
  if (match === null || !Number.isSafeInteger(index) || tilePath(level, index, width) !== path) {
    throw new TileError('malformed_path', `${JSON.stringify(path.slice(0, 80))} is not the path of a tile.`);
  }
  return { level, index, width };
}
