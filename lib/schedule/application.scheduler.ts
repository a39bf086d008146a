import type { ModuleRef } from '@nestjs/core';
import type { FlushSchedule } from '../delivery/flush-schedule.port.js';
import type { JobScheduler } from '../verification/job/job-scheduler.port.js';
import { CronScheduler } from './cron.scheduler.js';
import type { CronRegistry } from './cron.scheduler.js';

/**
 * The scheduler of the application if it imports `ScheduleModule`, else one of our own. The library never imports
 * `ScheduleModule.forRoot()` itself: every cron job of the application would run twice.
 */
export async function applicationScheduler(moduleRef: ModuleRef): Promise<JobScheduler & FlushSchedule> {
  return new CronScheduler(await findRegistry(moduleRef));
}

async function findRegistry(moduleRef: ModuleRef): Promise<CronRegistry | null> {
  try {
    const { SchedulerRegistry } = await import('@nestjs/schedule');
    return moduleRef.get(SchedulerRegistry, { strict: false });
  } catch {
    // Not installed, or not imported by the application.
    return null;
  }
}
