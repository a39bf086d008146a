import { fileURLToPath } from 'node:url';

export const buildFolder = fileURLToPath(new URL('..', import.meta.url));
