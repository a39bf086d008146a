import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AuditCoreModule } from './audit-core.module.js';
import { ASYNC_OPTIONS_TYPE, OPTIONS_TYPE } from './audit.module-definition.js';
import { AuditShutdown } from './audit.shutdown.js';

/**
 * The audit trail of a NestJS application. Import it once, in the root module:
 *
 * ```ts
 * @Module({ imports: [AuditModule.forRoot()] })
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Module({})
export class AuditModule {
  /**
   * Without options: a SQLite file `./audit.sqlite`, the service name of the application's package.json, every
   * changing and every refused request recorded.
   * @throws {InvalidAuditOptionsError} at start, naming every unknown or wrong option
   * @throws {AuditImportedTwiceError} at start, when the application imports the module by more than one call
   */
  static forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return shell(AuditCoreModule.forRoot(options));
  }

  /**
   * With options that come from elsewhere: `useFactory` (with `inject` and `imports`), `useClass` or `useExisting`
   * (a class with `createAuditOptions()`).
   */
  static forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return shell(AuditCoreModule.forRootAsync(options));
  }
}

function shell(core: DynamicModule): DynamicModule {
  return { module: AuditModule, imports: [core], providers: [AuditShutdown], exports: [AuditCoreModule] };
}
