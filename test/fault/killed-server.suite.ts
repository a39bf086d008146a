import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import { killUnderLoad } from './killed-server.js';
import type { KilledServerReport } from './killed-server.js';

/**
 * With a spool an event is on disk by the end of the turn in which its response closed, or 2 ms later in a long turn. A
 * response that the client has seen less than this before the kill, in milliseconds, may not have closed yet; …
 */
const LAST_TURNS_MS = 10;
/** … nor may one of the last that each connection got, where the server was not given the processor for longer. */
const LAST_ANSWERS = 64;

interface Place {
  readonly storage: StorageOptions;
  drop(): Promise<void>;
}

export function describeKilledServer(
  name: string,
  place: () => Promise<Place>,
  scale: { kills: number; requests: number },
): void {
  describe(`a server killed at full load: ${name}`, () => {
    const run = async (mode: {
      durability: 'async' | 'block' | 'strict';
      spool: boolean;
    }): Promise<KilledServerReport> => {
      const { storage, drop } = await place();
      try {
        return await killUnderLoad({ storage, ...mode, ...scale });
      } finally {
        await drop();
      }
    };
    const missing = ({ answered, recorded }: KilledServerReport) =>
      answered.filter(({ requestId }) => !recorded.has(requestId));
    const twice = ({ recorded }: KilledServerReport) => [...recorded].filter(([, times]) => times > 1);

    it.each(['block', 'strict'] as const)(
      '%s: every answered request has its event, none twice',
      async (durability) => {
        const report = await run({ durability, spool: false });
        expect(report.answered.length).toBeGreaterThanOrEqual(scale.kills * scale.requests);
        expect(missing(report)).toEqual([]);
        expect(twice(report)).toEqual([]);
        expect(report).toMatchObject({ valid: true, uncleanShutdowns: scale.kills });
      },
      300_000,
    );

    it('async with a spool: only what was answered in the last moments may be missing', async () => {
      const report = await run({ durability: 'async', spool: true });
      const kills = [...new Set(report.answered.map(({ killedAt }) => killedAt))];
      const last = new Set(
        kills.flatMap((kill) => report.answered.filter(({ killedAt }) => killedAt === kill).slice(-LAST_ANSWERS)),
      );
      const early = missing(report).filter((answer) => answer.at < answer.killedAt - LAST_TURNS_MS);
      expect(early.filter((answer) => !last.has(answer))).toEqual([]);
      expect(twice(report)).toEqual([]);
      expect(report).toMatchObject({ valid: true, uncleanShutdowns: scale.kills });
    }, 300_000);

    it('async without a spool: what is missing is announced', async () => {
      const report = await run({ durability: 'async', spool: false });
      expect(twice(report)).toEqual([]);
      expect(report).toMatchObject({ valid: true, uncleanShutdowns: scale.kills });
    }, 300_000);
  });
}
