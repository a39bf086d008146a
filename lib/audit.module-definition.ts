import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { AuditModuleOptions } from './config/audit.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<AuditModuleOptions>({
    // By name, so that an ES module and a CommonJS copy of this package in one process mean the same token.
    optionsInjectionToken: Symbol.for('nestjs-audit-trail:module-options'),
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createAuditOptions')
    .build();
