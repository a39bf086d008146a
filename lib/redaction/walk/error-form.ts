import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { ValueWalk } from './value-walk.js';

/**
 * Errors: name, message, code and cause. Neither the stack, which shows paths and source, nor other members: database
 * drivers hang the statement and its parameters there, values without a name by which they could be hidden.
 */
export function describeError(walk: ValueWalk, error: Error, level: number): JsonValue {
  walk.at(level, 'cause');
  const { name, message, code, cause } = error as Error & { code?: unknown };
  const out: Record<string, JsonValue> = { $exception: textOf(walk, name) ?? 'Error' };
  const shownMessage = textOf(walk, message);
  if (shownMessage !== undefined) out.message = shownMessage;
  const shownCode = typeof code === 'number' ? walk.visit(code, level + 1, undefined) : textOf(walk, code);
  if (shownCode !== undefined) out.code = shownCode;
  const shownCause = cause === undefined ? undefined : walk.visit(cause, level + 1, undefined);
  if (shownCause !== undefined) out.cause = shownCause;
  return out;
}

function textOf(walk: ValueWalk, value: unknown): JsonValue | undefined {
  return typeof value === 'string' && value !== '' ? walk.text(value) : undefined;
}
