import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { AuditModule, AuditService } from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';
import { freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';
import { settled } from '../support/delivery/settled.js';

describe('the flusher in an application', () => {
  const opened: INestApplicationContext[] = [];
  let place: FreshDatabase;

  beforeEach(() => {
    place = freshSqliteFile();
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
    await place.drop();
  });

  async function boot(
    delivery: AuditModuleOptions['delivery'],
    imports: object[] = [],
  ): Promise<INestApplicationContext> {
    class AppModule {}
    Module({
      imports: [
        ...(imports as never[]),
        AuditModule.forRoot({ storage: { type: 'sqlite', path: place.location }, delivery }),
      ],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    opened.push(app);
    return app;
  }

  function collector() {
    const ids: string[] = [];
    const sink = {
      name: 'collector',
      deliver: (batch: readonly { eventId: string }[]) => void ids.push(...batch.map(({ eventId }) => eventId)),
    };
    return { ids, sink };
  }

  it.each([
    ['by the scheduler of the application', [ScheduleModule.forRoot()]],
    ['by a timer of its own', []],
  ])('%s it finds what another process sealed', async (_how, imports) => {
    const { ids, sink } = collector();
    await boot({ sinks: [sink], flushEvery: 100 }, imports);
    const other = await boot({});
    const { id } = await other.get(AuditService).log({ action: 'thing.done' });
    await settled(() => ids.includes(id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows its one schedule in the SchedulerRegistry, and takes it away in the end', async () => {
    const { sink } = collector();
    const app = await boot({ sinks: [sink], flushEvery: 100 }, [ScheduleModule.forRoot()]);
    const registry = app.get(SchedulerRegistry);
    expect(registry.getIntervals()).toEqual(['audit:flush']);
    await app.close();
    expect(registry.getIntervals()).toEqual([]);
  });

  it('does not mind that the application stops the schedule', async () => {
    const { ids, sink } = collector();
    const app = await boot({ sinks: [sink], flushEvery: 100 }, [ScheduleModule.forRoot()]);
    app.get(SchedulerRegistry).deleteInterval('audit:flush');
    const { id } = await app.get(AuditService).log({ action: 'thing.done' });
    await settled(() => ids.includes(id)); // what this process seals wakes it anyway
    await app.close();
  });

  it('needs no schedule without sinks', async () => {
    const app = await boot({}, [ScheduleModule.forRoot()]);
    expect(app.get(SchedulerRegistry).getIntervals()).toEqual([]);
  });
});
