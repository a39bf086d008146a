/** What may be read of a file at this moment. */
export interface ReadableBytes {
  /** Nothing from here on. */
  readonly end: number;
  /** Which file stands there; null if there is none. */
  readonly inode: number | null;
  /** Changes when somebody else wrote to the file: what was remembered of it is then forgotten. */
  readonly version: string;
}

export type SegmentBounds = () => ReadableBytes;
