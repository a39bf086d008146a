import { Global, Logger, Module } from '@nestjs/common';
import type { DynamicModule, NestModule } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import {
  AUDIT_CAPTURE_OPTIONS,
  AUDIT_EVENT_RECORDER,
  AUDIT_FAILURE_HANDLER,
  AUDIT_VALUE_SANITIZER,
} from './audit.constants.js';
import { AuditContext, captureProviders, CaptureRuntime } from './capture/index.js';
import type { CaptureFailureHandler } from './capture/index.js';
import { AuditImportedTwiceError } from './audit-imported-twice.error.js';
import { AuditHealthIndicator } from './audit.health-indicator.js';
import { AuditLifecycle } from './audit.lifecycle.js';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
} from './audit.module-definition.js';
import { AuditService } from './audit.service.js';
import type { AuditModuleOptions } from './config/audit.options.js';
import { resolveAuditOptions } from './config/resolve-audit-options.js';
import { AuditRuntime } from './runtime/audit-runtime.js';
import { DataSourceMissingError } from './runtime/data-source-missing.error.js';
import { applicationScheduler } from './schedule/application.scheduler.js';
import { createStorage } from './storage/storage.factory.js';

/** The trail itself, global. Applications import `AuditModule`. */
@Global()
@Module({
  providers: [
    {
      provide: AuditRuntime,
      inject: [MODULE_OPTIONS_TOKEN, ModuleRef, ModulesContainer],
      useFactory: (options: AuditModuleOptions | undefined, moduleRef: ModuleRef, modules: ModulesContainer) => {
        const imports = [...modules.values()].filter(({ metatype }) => metatype === AuditCoreModule).length;
        if (imports > 1) throw new AuditImportedTwiceError(imports);
        const logger = new Logger('AuditTrail');
        const resolved = resolveAuditOptions(options ?? {});
        for (const warning of resolved.warnings) logger.warn(`${warning.about}: ${warning.text}`);
        return new AuditRuntime(
          resolved,
          logger,
          (storage) =>
            createStorage(
              storage,
              storage.type === 'datasource' ? { dataSource: applicationDataSource(moduleRef, storage.dataSource) } : {},
            ),
          (name) => findDataSource(moduleRef, name),
          () => applicationScheduler(moduleRef),
        );
      },
    },
    { provide: AUDIT_CAPTURE_OPTIONS, inject: [AuditRuntime], useFactory: ({ options }: AuditRuntime) => options },
    { provide: AUDIT_EVENT_RECORDER, inject: [AuditRuntime], useFactory: (runtime: AuditRuntime) => runtime.recorder },
    { provide: AUDIT_VALUE_SANITIZER, inject: [AuditRuntime], useFactory: ({ redactor }: AuditRuntime) => redactor },
    {
      provide: AUDIT_FAILURE_HANDLER,
      inject: [AuditRuntime],
      useFactory: ({ failures }: AuditRuntime): CaptureFailureHandler => {
        return (error, where) => failures.report(`capture.${where}`, error);
      },
    },
    ...captureProviders(),
    AuditLifecycle,
    AuditService,
    AuditHealthIndicator,
  ],
  exports: [AuditRuntime, AuditService, AuditHealthIndicator, AuditContext, CaptureRuntime],
})
export class AuditCoreModule extends ConfigurableModuleClass implements NestModule {
  constructor(private readonly capture: CaptureRuntime) {
    super();
  }

  /** Nest calls it when all global enhancers are known and before any route is registered. */
  configure(): void {
    this.capture.beforeRoutes();
  }

  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}

/** The application's DataSource is there by the time the store is opened (onModuleInit), not earlier. */
function applicationDataSource(moduleRef: ModuleRef, name = 'default'): DataSource {
  const found = findDataSource(moduleRef, name);
  if (found === undefined) throw new DataSourceMissingError(name, 'storage.dataSource');
  return found;
}

/** Nest's way to say that there is none is an exception. */
function findDataSource(moduleRef: ModuleRef, name: string): DataSource | undefined {
  try {
    return moduleRef.get<DataSource>(getDataSourceToken(name), { strict: false });
  } catch {
    return undefined;
  }
}
