import type { ValueTransformer } from 'typeorm';
import { toNumber } from '../sql-transaction.js';

/** Eight-byte integers come as text from some drivers. */
export const AS_NUMBER: ValueTransformer = {
  from: (value: unknown) => (value === null || value === undefined ? value : toNumber(value)),
  to: (value: unknown) => value,
};
