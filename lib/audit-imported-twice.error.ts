/**
 * `AuditModule.forRoot()` or `forRootAsync()` was called more than once for one application.
 *
 * @publicApi
 */
export class AuditImportedTwiceError extends Error {
  override readonly name = 'AuditImportedTwiceError';
  readonly code = 'AUDIT_IMPORTED_TWICE';

  constructor(imports: number) {
    super(
      `AuditModule is imported ${imports} times, by ${imports} calls of forRoot() or forRootAsync(), so every request ` +
        `would be recorded ${imports} times. Import it once, in the root module: it is global, so other modules inject ` +
        'AuditService without an import.',
    );
  }
}
