import { styleText } from 'node:util';
import type { CliIo } from './cli-io.interface.js';

type Style = Parameters<typeof styleText>[0];

/** Control characters, and those that turn the direction of writing: what a log holds must not drive a terminal. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text in colour, where a person looks at it and has not asked for none. */
export function paint(io: CliIo, style: Style, text: string): string {
  return io.outIsTerminal && !io.env.NO_COLOR ? styleText(style, text) : text;
}

/** Text from a log, safe to be shown on a terminal. Line feeds stay with `multiline`. */
export function plain(text: string, multiline = false): string {
  return text.replace(UNSAFE, (character) =>
    multiline && (character === '\n' || character === '\t')
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Names and values in two columns. Absent values are left out. */
export function facts(rows: readonly (readonly [name: string, value: string | number | null | undefined])[]): string {
  const present = rows.filter(([, value]) => value !== undefined && value !== null);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `  ${name.padEnd(width)}  ${plain(String(value))}\n`).join('');
}

/** `1,234,567` */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** `2 h 5 min`, `3.2 s`, `40 ms` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** One JSON document. What would drive a terminal stands in it as an escape, which means the same. */
export function json(io: CliIo, value: unknown): void {
  io.out(`${plain(JSON.stringify(value, null, 2), true)}\n`);
}
