export type { AuditSigner } from '../verification/signing/audit-signer.interface.js';
