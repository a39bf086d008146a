import type { FileHandle } from 'node:fs/promises';

/** The longest line that is read or written; beyond it a line is no event, whatever it holds. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Told of each line, without its line feed. The bytes are only there until it returns; a line beyond
 * {@link MAX_LINE_BYTES} comes without any.
 *
 * @param offset where the line begins in the file
 * @param end where the next one begins
 * @returns false to stop behind this line
 */
export type LineVisitor = (line: Buffer, offset: number, end: number) => boolean | void;

/**
 * Reads the whole lines of a part of a file in the memory of its longest line.
 *
 * @param from where a line begins
 * @param to nothing from here on is read; a line that does not end before is no whole line
 * @returns behind the last whole line that was visited
 */
export async function scanLines(file: FileHandle, from: number, to: number, visit: LineVisitor): Promise<number> {
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, to - from)));
  let held = 0;
  let position = from;
  let lineStart = from;
  for (;;) {
    const wanted = Math.min(buffer.length - held, to - position);
    const { bytesRead } = wanted > 0 ? await file.read(buffer, held, wanted, position) : { bytesRead: 0 };
    if (bytesRead === 0) return lineStart;
    position += bytesRead;
    const filled = held + bytesRead;
    // Where the bytes of `buffer` stand in the file; a line too long to keep begins before it.
    const origin = position - filled;
    let start = 0;
    for (let feed; (feed = buffer.subarray(0, filled).indexOf(LINE_FEED, Math.max(start, held))) >= 0;) {
      const end = origin + feed + 1;
      const whole = lineStart >= origin && end - lineStart <= MAX_LINE_BYTES;
      const goesOn = visit(whole ? buffer.subarray(start, feed) : NOTHING, lineStart, end);
      start = feed + 1;
      lineStart = end;
      if (goesOn === false) return lineStart;
    }
    held = filled - start;
    if (held === buffer.length) {
      if (held >= MAX_LINE_BYTES) held = 0;
      else buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
    } else if (start > 0) buffer.copyWithin(0, start, filled);
  }
}
