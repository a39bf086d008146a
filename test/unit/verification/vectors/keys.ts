/** Keys of the published vectors. Their secrets are public. */
export const PETER = {
  privateKey: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifierKey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
};

export const ENOCH = {
  seed: Buffer.alloc(32, 0),
  verifierKey: 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
};

export const LOG = {
  origin: 'example.com/audit-log',
  seed: Buffer.alloc(32, 0),
  verifierKey: 'example.com/audit-log+41d062d8+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
};

export const WITNESS = {
  name: 'witness.example.com/w1',
  seed: Buffer.alloc(32, 1),
  time: 1679315147n,
  verifierKey: 'witness.example.com/w1+04758baf+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c',
};

export const SUM_GOLANG_ORG = {
  verifierKey: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
};
