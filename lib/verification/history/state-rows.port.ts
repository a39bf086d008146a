/** Texts under names, kept beside the log. */
export interface StateRows {
  /** @returns null when there is none of that name */
  read(name: string): Promise<string | null>;
  /** Writes the text, over the one that is there. */
  write(name: string, value: string): Promise<void>;
}
