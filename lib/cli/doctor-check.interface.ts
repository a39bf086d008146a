import type { OpenDatabase } from './open-database.js';

/** What the doctor says of one thing. */
export interface Diagnosis {
  readonly name: string;
  /** `bad`: the log is not protected as it should be, or something does not work. */
  readonly status: 'good' | 'note' | 'bad';
  readonly message: string;
}

/** One examination; it never changes anything. */
export type DoctorCheck = (database: OpenDatabase) => Promise<Diagnosis[]>;
