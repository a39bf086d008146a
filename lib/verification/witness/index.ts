export { WitnessMessageError } from './witness-message.error.js';
export type { WitnessMessageErrorReason } from './witness-message.error.js';
export { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.js';
export type { AddCheckpointRequest } from './add-checkpoint.js';
export { mergeCosignatures, witnessCheckpointPath } from './merge-cosignatures.js';
