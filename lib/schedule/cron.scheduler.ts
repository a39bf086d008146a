import { CronJob, CronTime } from 'cron';
import type { FlushSchedule } from '../delivery/flush-schedule.port.js';
import type { JobScheduler, ScheduledJob } from '../verification/job/job-scheduler.port.js';

/** What is used of the `SchedulerRegistry` of @nestjs/schedule, where the application has one. */
export interface CronRegistry {
  doesExist(type: 'cron' | 'interval', name: string): boolean;
  addCronJob(name: string, job: never): void;
  deleteCronJob(name: string): void;
  addInterval(name: string, interval: never): void;
  deleteInterval(name: string): void;
}

/**
 * Runs jobs by the `cron` package and by intervals, with timers that keep no process alive. With a registry they show up there, where the
 * application can look at them, stop and start them.
 */
export class CronScheduler implements JobScheduler, FlushSchedule {
  constructor(private readonly registry: CronRegistry | null = null) {}

  schedule({ name, cron, timeZone, run }: Parameters<JobScheduler['schedule']>[0]): ScheduledJob {
    const job = CronJob.from({ cronTime: cron, onTick: run, timeZone, unrefTimeout: true, name });
    const registered = this.register(name, job);
    job.start();
    const time = new CronTime(cron, timeZone);
    return {
      nextAfter: (at) => time.getNextDateFrom(new Date(at), timeZone).toMillis(),
      stop: () => {
        void job.stop();
        if (registered !== null && this.registry?.doesExist('cron', registered))
          this.registry.deleteCronJob(registered);
      },
    };
  }

  every({ name, everyMs, run }: Parameters<FlushSchedule['every']>[0]): () => void {
    const timer = setInterval(run, everyMs);
    timer.unref();
    const registered = this.freeName('interval', name);
    if (registered !== null) this.registry?.addInterval(registered, timer as never);
    return () => {
      clearInterval(timer);
      if (registered !== null && this.registry?.doesExist('interval', registered))
        this.registry.deleteInterval(registered);
    };
  }

  private register(name: string, job: unknown): string | null {
    const free = this.freeName('cron', name);
    if (free !== null) this.registry?.addCronJob(free, job as never);
    return free;
  }

  /** A name that is taken already, by a second trail in the process, is no reason not to run. */
  private freeName(type: 'cron' | 'interval', name: string): string | null {
    const { registry } = this;
    if (!registry) return null;
    let free = name;
    for (let n = 2; registry.doesExist(type, free); n++) free = `${name}:${n}`;
    return free;
  }
}
