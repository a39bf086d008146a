import { createHash } from 'node:crypto';
import { EntitySchema } from 'typeorm';
import type { EntitySchemaColumnOptions, ObjectLiteral } from 'typeorm';
import { change, ChangeWorld } from '../support/change-world.js';
import type { WorldKind } from '../support/change-world.js';

/** A column, what is written first and then, and how both are recorded. */
interface Case {
  readonly column: EntitySchemaColumnOptions;
  readonly first: unknown;
  readonly then: unknown;
  readonly recorded: readonly [unknown, unknown];
}

const at = (ms: number) => new Date(Date.UTC(2026, 10, 21, 20, 44, 0, ms));
const shout = {
  to: (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value),
  from: (value: unknown) => value,
};
const bytes = (n: number) => Buffer.alloc(3, n);
const digest = (n: number) => ({ $bytes: 3, sha256: createHash('sha256').update(bytes(n)).digest('hex') });

const COMMON: Readonly<Record<string, Case>> = {
  integer: { column: { type: 'int' }, first: 1, then: -2_147_483_648, recorded: [1, -2_147_483_648] },
  bigint: {
    column: { type: 'bigint' },
    first: '9007199254740993',
    then: '-9223372036854775807',
    recorded: ['9007199254740993', '-9223372036854775807'],
  },
  truth: { column: { type: Boolean }, first: true, then: false, recorded: [true, false] },
  words: { column: { type: String }, first: "a'b\\c €😀", then: '', recorded: ["a'b\\c €😀", ''] },
  transformed: { column: { type: String, transformer: shout }, first: 'low', then: 'high', recorded: ['LOW', 'HIGH'] },
  list: { column: { type: 'simple-array' }, first: ['a', 'b'], then: [], recorded: [['a', 'b'], []] },
  tree: { column: { type: 'simple-json' }, first: { a: [1] }, then: 'text', recorded: [{ a: [1] }, 'text'] },
  choice: { column: { type: 'simple-enum', enum: ['x', 'y'] }, first: 'x', then: 'y', recorded: ['x', 'y'] },
  real: { column: { type: 'float' }, first: 0.1, then: 1e30, recorded: [0.1, 1e30] },
};

const SPECIFIC: Readonly<Record<WorldKind, Readonly<Record<string, Case>>>> = {
  sqlite: {
    money: { column: { type: 'decimal', precision: 20, scale: 2 }, first: '12.30', then: 5, recorded: ['12.3', '5'] },
    moment: {
      column: { type: Date },
      first: at(123),
      then: at(0),
      recorded: ['2026-11-21T20:44:00.123Z', '2026-11-21T20:44:00.000Z'],
    },
    day: { column: { type: 'date' }, first: '2026-11-21', then: '1999-12-31', recorded: ['2026-11-21', '1999-12-31'] },
    content: { column: { type: 'blob' }, first: bytes(1), then: bytes(0), recorded: [digest(1), digest(0)] },
    binaryJson: { column: { type: 'jsonb' }, first: { b: 1, a: 2 }, then: [1], recorded: [{ a: 2, b: 1 }, [1]] },
  },
  postgres: {
    money: {
      column: { type: 'numeric', precision: 30, scale: 2 },
      first: '12.3',
      then: '1234567890123456789012.99',
      recorded: ['12.30', '1234567890123456789012.99'],
    },
    moment: {
      column: { type: 'timestamptz' },
      first: at(123),
      then: () => `'2026-11-21T22:44:00.123456+02:00'`,
      recorded: ['2026-11-21T20:44:00.123Z', '2026-11-21T20:44:00.123456Z'],
    },
    forever: {
      column: { type: 'timestamptz' },
      first: () => `'infinity'`,
      then: () => `'-infinity'`,
      recorded: ['infinity', '-infinity'],
    },
    local: {
      column: { type: 'timestamp' },
      first: () => `'2026-11-21 20:44:00'`,
      then: () => `'2026-11-21 20:44:00.5'`,
      recorded: ['2026-11-21T20:44:00.000', '2026-11-21T20:44:00.500'],
    },
    day: { column: { type: 'date' }, first: '2026-11-21', then: '0044-03-15', recorded: ['2026-11-21', '0044-03-15'] },
    clock: { column: { type: 'time' }, first: '20:44:00.5', then: '00:00', recorded: ['20:44:00.5', '00:00:00'] },
    span: {
      column: { type: 'interval' },
      first: '1 day 2 hours',
      then: '3 mons',
      recorded: ['1 day 02:00:00', '3 mons'],
    },
    content: { column: { type: 'bytea' }, first: bytes(1), then: bytes(0), recorded: [digest(1), digest(0)] },
    binaryJson: { column: { type: 'jsonb' }, first: { b: 1, a: 2 }, then: [1], recorded: [{ a: 2, b: 1 }, [1]] },
    bigNumbers: {
      column: { type: 'jsonb' },
      first: () => `'{"n": 12345678901234567890}'`,
      then: () => `'{"n": 12345678901234567891}'`,
      recorded: ['{"n": 12345678901234567890}', '{"n": 12345678901234567891}'],
    },
    many: { column: { type: 'int', array: true }, first: [1, 2], then: [], recorded: [[1, 2], []] },
    texts: {
      column: { type: 'text', array: true },
      first: ['a"b', 'c,d'],
      then: ['x'],
      recorded: [['a"b', 'c,d'], ['x']],
    },
    states: {
      column: { type: 'enum', enum: ['on', 'off'], array: true },
      first: ['on'],
      then: ['off', 'on'],
      recorded: [['on'], ['off', 'on']],
    },
    place: { column: { type: 'point' }, first: '(1,2)', then: '(3,4.5)', recorded: ['(1,2)', '(3,4.5)'] },
    host: { column: { type: 'inet' }, first: '10.0.0.1', then: '::1/64', recorded: ['10.0.0.1/32', '::1/64'] },
    padded: { column: { type: 'char', length: '5' }, first: 'ab', then: 'abc', recorded: ['ab', 'abc'] },
    span4: { column: { type: 'int4range' }, first: '[1,5]', then: 'empty', recorded: ['[1,6)', 'empty'] },
    notANumber: {
      column: { type: 'float8' },
      first: () => `'NaN'`,
      then: () => `'Infinity'`,
      recorded: ['NaN', 'Infinity'],
    },
  },
  mysql: {
    money: {
      column: { type: 'decimal', precision: 30, scale: 2 },
      first: '12.3',
      then: '1234567890123456789012.99',
      recorded: ['12.30', '1234567890123456789012.99'],
    },
    local: {
      column: { type: 'datetime', precision: 6 },
      first: () => `'2026-11-21 20:44:00.123'`,
      then: () => `'2026-11-21 20:44:00.000001'`,
      recorded: ['2026-11-21T20:44:00.123', '2026-11-21T20:44:00.000001'],
    },
    moment: {
      column: { type: 'timestamp', precision: 6 },
      first: () => 'FROM_UNIXTIME(1795293840.5)',
      then: () => 'FROM_UNIXTIME(1795293840.000001)',
      recorded: ['2026-11-21T20:44:00.500Z', '2026-11-21T20:44:00.000001Z'],
    },
    day: { column: { type: 'date' }, first: '2026-11-21', then: '1999-12-31', recorded: ['2026-11-21', '1999-12-31'] },
    clock: { column: { type: 'time' }, first: '20:44:00', then: '-100:00:01', recorded: ['20:44:00', '-100:00:01'] },
    content: { column: { type: 'blob' }, first: bytes(1), then: bytes(0), recorded: [digest(1), digest(0)] },
    real2: { column: { type: 'double' }, first: 0.1, then: 1e-7, recorded: [0.1, 1e-7] },
    json: { column: { type: 'json' }, first: { b: 1, a: 2 }, then: [1], recorded: [{ a: 2, b: 1 }, [1]] },
    several: {
      column: { type: 'set', enum: ['a', 'b', 'c'] },
      first: ['a', 'c'],
      then: ['b'],
      recorded: [['a', 'c'], ['b']],
    },
    unsigned: {
      column: { type: 'bigint', unsigned: true },
      first: '18446744073709551615',
      then: '0',
      recorded: ['18446744073709551615', '0'],
    },
    flags: {
      column: { type: 'bit' },
      first: () => `b'1'`,
      then: () => `b'0'`,
      recorded: ['1', '0'],
    },
    place: {
      column: { type: 'point' },
      first: 'POINT(1 2)',
      then: 'POINT(3 4)',
      recorded: [
        { coordinates: [1, 2], type: 'Point' },
        { coordinates: [3, 4], type: 'Point' },
      ],
    },
  },
};

/** Values of every type as they are stored, whatever the session's time zone and the driver's parsers. */
export function columnTypesSuite(kind: WorldKind): void {
  describe(`column types on ${kind}`, () => {
    const cases = { ...COMMON, ...SPECIFIC[kind] };
    const Specimen = new EntitySchema<ObjectLiteral>({
      name: 'Specimen',
      columns: {
        id: { type: 'int', primary: true },
        ...Object.fromEntries(Object.entries(cases).map(([name, { column }]) => [name, { ...column, nullable: true }])),
      },
    });
    let world: ChangeWorld;
    let id = 0;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind, { models: [Specimen] });
      if (kind === 'postgres') {
        // What a session may have set must not show.
        const name = new URL(world.place.location).pathname.slice(1);
        for (const setting of ["timezone = 'Asia/Kolkata'", "datestyle = 'German'"]) {
          await world.dataSource.query(`ALTER DATABASE ${name} SET ${setting}`);
        }
        await world.dataSource.destroy();
        await world.dataSource.initialize();
      }
    });

    afterAll(() => world.close());

    it.each(Object.entries(cases))('%s', async (name, { first, then, recorded }) => {
      const repository = world.repository(Specimen);
      id++;
      const events = await world.recordedBy(async () => {
        await repository.insert({ id, [name]: first } as never);
        await repository.update({ id }, { [name]: then } as never);
        await repository.update({ id }, { [name]: then } as never);
        await repository.update({ id }, { [name]: null } as never);
        await repository.delete({ id });
      });
      const print = (value: unknown) => JSON.stringify(value);
      expect(events.map((event) => change(event, name))).toEqual([
        `∅ → ${print(recorded[0])}`,
        `${print(recorded[0])} → ${print(recorded[1])}`,
        `${print(recorded[1])} → null`,
        undefined,
      ]);
      expect(events.flatMap(({ flags }) => flags)).toEqual([]);
    });
  });
}
