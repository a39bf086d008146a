import type { Provider } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import {
  AUDIT_CAPTURE_OPTIONS,
  AUDIT_EVENT_RECORDER,
  AUDIT_FAILURE_HANDLER,
  AUDIT_VALUE_SANITIZER,
} from '../audit.constants.js';
import type { ValueSanitizer } from '../event/value-sanitizer.interface.js';
import type { CaptureFailureHandler } from './capture-failure.js';
import type { CaptureOptions } from './capture-options.interface.js';
import { CaptureRuntime } from './capture-runtime.js';
import { AuditContext } from './context/audit-context.js';
import type { EventRecorder } from './event-recorder.port.js';

/**
 * Providers of the capture. The module that lists them also provides {@link AUDIT_CAPTURE_OPTIONS},
 * {@link AUDIT_EVENT_RECORDER}, {@link AUDIT_VALUE_SANITIZER} and {@link AUDIT_FAILURE_HANDLER}, and calls
 * {@link CaptureRuntime.close} in its drain. Guard and interceptor register themselves.
 */
export function captureProviders(): Provider[] {
  return [
    { provide: AuditContext, useFactory: () => new AuditContext() },
    {
      provide: CaptureRuntime,
      useFactory: (
        host: HttpAdapterHost,
        application: ApplicationConfig,
        modules: ModulesContainer,
        context: AuditContext,
        options: CaptureOptions,
        recorder: EventRecorder,
        sanitizer: ValueSanitizer,
        onFailure: CaptureFailureHandler,
      ) => new CaptureRuntime({ host, application, modules, context, options, recorder, sanitizer, onFailure }),
      inject: [
        HttpAdapterHost,
        ApplicationConfig,
        ModulesContainer,
        AuditContext,
        AUDIT_CAPTURE_OPTIONS,
        AUDIT_EVENT_RECORDER,
        AUDIT_VALUE_SANITIZER,
        AUDIT_FAILURE_HANDLER,
      ],
    },
  ];
}
