import { Catch } from '@nestjs/common';
import type { ExceptionFilter } from '@nestjs/common';

/**
 * A filter that handles nothing but is asked about every exception. Nest takes the first filter whose exception class
 * matches by `instanceof`; this one's class looks at the exception and says no. So whatever a guard, a pipe or a handler
 * throws is seen, and whoever handles it is not changed.
 *
 * @param note must not throw
 */
export function createExceptionProbe(note: (exception: unknown) => void): ExceptionFilter {
  class NoException {
    static [Symbol.hasInstance](exception: unknown): boolean {
      note(exception);
      return false;
    }
  }

  @Catch(NoException)
  class ExceptionProbe implements ExceptionFilter {
    catch(): void {}
  }

  return new ExceptionProbe();
}
