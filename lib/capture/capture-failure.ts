/**
 * Told of every failure within the capture. The application never sees such a failure; this is where it becomes
 * visible. Must not throw; if it does, the exception is dropped.
 * @param where the part that failed, e.g. `actor`, `tenant`, `request body`
 */
export type CaptureFailureHandler = (error: unknown, where: string) => void;

/** Reports a failure without ever becoming one. */
export function reportFailure(handler: CaptureFailureHandler, error: unknown, where: string): void {
  try {
    handler(error, where);
  } catch {
    // The last resort: there is nobody left to tell, and the application must not notice.
  }
}
