import type { Claims } from './jwt-verification.interface.js';

/** Longer tokens are not looked at: no client sends one, and reading it would be work for nothing. */
export const MAX_TOKEN_LENGTH = 16_384;

/** The header of a token, or nothing if it has no readable one. */
export function decodeHeader(token: string): Claims | undefined {
  return decodePart(token, 0);
}

/** The claims of a token, as anybody can write them. Never an identity. */
export function decodeClaims(token: string): Claims | undefined {
  return decodePart(token, 1);
}

/** Whether a text has the form of a JWT: three parts of which the first is base64url of `{"`. */
export function looksLikeJwt(token: string): boolean {
  if (!token.startsWith('ey')) return false;
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  return first > 0 && second > 0 && !token.includes('.', second + 1);
}

function decodePart(token: string, index: number): Claims | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const part = token.split('.', 3)[index];
  if (!part) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
