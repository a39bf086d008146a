/** An exception as events record it. */
export interface ErrorFacts {
  readonly class: string;
  readonly code?: string;
  readonly message?: string;
}

const MAX_MESSAGES = 20;

/**
 * Class, code and words of an exception, as far as it can be read. A Nest HttpException keeps what it has to say, such
 * as what a validation has found, in its response rather than in its message.
 */
export function errorFacts(error: unknown): ErrorFacts {
  if (typeof error !== 'object' || error === null) return { class: typeof error, message: String(error) };
  const type = read(error, 'constructor');
  const ownClass = typeof type === 'function' ? read(type, 'name') : undefined;
  const code = read(error, 'code');
  const message = responseMessages(error) ?? read(error, 'message');
  return {
    class: textOf(ownClass) ?? textOf(read(error, 'name')) ?? 'Error',
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  };
}

function responseMessages(error: object): string | undefined {
  const getResponse = read(error, 'getResponse');
  if (typeof getResponse !== 'function') return undefined;
  try {
    const response: unknown = getResponse.call(error);
    if (typeof response === 'string') return response;
    const message: unknown = (response as { message?: unknown } | null | undefined)?.message;
    if (!Array.isArray(message)) return undefined;
    return message
      .slice(0, MAX_MESSAGES)
      .filter((item) => typeof item === 'string')
      .join('; ');
  } catch {
    return undefined;
  }
}

function read(target: object, name: string): unknown {
  try {
    return (target as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
