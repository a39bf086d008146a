/**
 * Keeps what a verifier remembers between two runs.
 *
 * @publicApi
 */
export interface VerifierStateStore {
  /** How it is called in messages. */
  readonly name: string;
  /** Whether the owner of the log's database can change it, too: then it proves little. */
  readonly insideDatabase: boolean;
  /** @returns null when there is none yet */
  read(): Promise<string | null>;
  /** Replaces it, durably, as a whole. */
  write(text: string): Promise<void>;
}
