import { Injectable } from '@nestjs/common';
import { AuditRuntime } from './runtime/audit-runtime.js';

/** What a health check shows of the trail. */
export interface AuditHealth {
  readonly status: 'up' | 'down';
  readonly [detail: string]: unknown;
}

/**
 * A health indicator in the form of @nestjs/terminus, which need not be installed:
 * `health.check([() => audit.isHealthy()])`.
 *
 * `down` means that the last verification found the log to be wrong or could not check it, that none ran for too long,
 * or that the log is not signed any more.
 *
 * @publicApi
 */
@Injectable()
export class AuditHealthIndicator {
  constructor(private readonly runtime: AuditRuntime) {}

  isHealthy<Key extends string = 'audit'>(key: Key = 'audit' as Key): Record<Key, AuditHealth> {
    const { verification, checkpoints } = this.runtime.stats();
    const problems = [verification?.problem, checkpoints?.problem].filter((problem) => Boolean(problem));
    const health: AuditHealth = {
      status: problems.length === 0 ? 'up' : 'down',
      ...(problems.length > 0 && { problems }),
      ...(verification && {
        verifiedAt: verification.lastRun?.at ?? null,
        verdict: verification.lastRun?.verdict ?? null,
        nextVerificationAt: verification.nextRunAt,
        violations: verification.violations,
      }),
      ...(checkpoints && {
        signing: checkpoints.state,
        signedSize: checkpoints.size,
        anchoredSize: checkpoints.anchoredSize,
      }),
    };
    return { [key]: health } as Record<Key, AuditHealth>;
  }
}
