import { readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { ChangeCapture } from '../../lib/changes/change-capture.js';
import { triggerStatements } from '../../lib/changes/triggers/trigger-statements.js';
import { TriggersMissingError } from '../../lib/changes/triggers/triggers-missing.error.js';
import { Redactor } from '../../lib/redaction/index.js';
import { SqlOutboxWriter } from '../../lib/storage/typeorm/outbox-writer.js';
import { change, ChangeWorld, dataSourceOptions, summary } from './support/change-world.js';
import type { SeenEvent } from './support/change-world.js';
import { Article, Author, ENTITIES, Label, SeatEntity } from './support/entities.js';

const SQL = readFileSync(new URL('../../sql/triggers.postgres.sql', import.meta.url), 'utf8');
const ALICE = { actor: { type: 'user', id: 'alice' }, context: { requestId: 'r-1' }, reason: 'because' };

describe('triggers on postgres', () => {
  let world: ChangeWorld;

  beforeAll(async () => {
    world = await ChangeWorld.open('postgres', { triggers: true });
    await expect(world.capture.ready()).rejects.toThrow(TriggersMissingError);
    world.capture.unregisterAll();
    await world.dataSource.query(SQL);
    const exclude = ['SeatEntity'];
    for (const statement of triggerStatements(world.dataSource, new Redactor(), { exclude })) {
      await world.dataSource.query(statement);
    }
    world.register();
    await world.capture.ready();
  });

  afterAll(() => world.close());

  afterEach(async () => {
    expect(world.errors).toEqual([]);
    await world.wipe();
  });

  /** What the outbox holds, as the sequencer would seal it. */
  const trail = () => world.translated();

  it('records raw SQL without a context as anonymous, with the role and the name of the client', async () => {
    await world.dataSource.query(`INSERT INTO author (handle, name) VALUES ('raw', 'n')`);
    const [event] = await trail();
    expect(event).toMatchObject({ action: 'author.create', actor: { type: 'anonymous' } });
    expect(event.metadata).toMatchObject({ via: 'trigger', databaseRole: expect.any(String) });
    expect(event.context.transactionId).toMatch(/^postgres-\d+$/);
    expect(change(event, 'handle')).toBe('∅ → "raw"');
  });

  it('records raw SQL in a transaction of TypeORM as whoever runs it', async () => {
    await world.as(ALICE, () =>
      world.dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO author (handle) VALUES ('a'), ('b')`);
        await manager.query(`UPDATE author SET name = 'x'`);
      }),
    );
    const events = await trail();
    expect(events.map(({ action }) => action)).toEqual([
      ...Array(2).fill('author.create'),
      ...Array(2).fill('author.update'),
    ]);
    for (const { actor, context, metadata } of events) {
      expect(actor.id).toBe('alice');
      expect(context.requestId).toBe('r-1');
      expect(metadata.reason).toBe('because');
    }
    expect(new Set(events.map(({ context }) => context.transactionId)).size).toBe(1);
  });

  it('records a write through TypeORM once, with its actor, and ties it to tables without a trigger', async () => {
    await world.as(ALICE, () =>
      world.dataSource.transaction(async (manager) => {
        await manager.save(Author, { handle: 'a' });
        await manager.insert(SeatEntity, { hall: 'H', number: 1, code: 'c' });
        await manager.update(Author, { handle: 'a' }, { name: 'n' });
      }),
    );
    await world.as(ALICE, () => world.repository(Author).update({ handle: 'a' }, { name: 'm' }));
    const events = await trail();
    expect(events.map(({ action }) => action).sort()).toEqual([
      'author.create',
      'author.update',
      'author.update',
      'seat.create',
    ]);
    expect(events.every(({ actor }) => actor.id === 'alice')).toBe(true);
    const transactions = events.map(({ context }) => context.transactionId);
    expect(new Set(transactions.slice(0, 3)).size).toBe(1);
    expect(new Set(transactions).size).toBe(2);
  });

  it('gives nobody the context of an earlier transaction on the same connection', async () => {
    const runner = world.dataSource.createQueryRunner();
    await runner.startTransaction();
    await world.as(ALICE, () => runner.manager.update(Author, { handle: 'none' }, { name: 'x' }));
    await runner.commitTransaction();
    await runner.query(`INSERT INTO author (handle) VALUES ('later')`);
    await runner.release();
    expect((await trail()).map(({ actor }) => actor.type)).toEqual(['anonymous']);
  });

  it('a savepoint that is rolled back takes the context with it, not the one around it', async () => {
    const bob = { actor: { type: 'user', id: 'bob' } };
    await world.as(ALICE, () =>
      world.dataSource.transaction(async (manager) => {
        await manager
          .transaction(async (inner) => {
            await world.as(bob, () => inner.insert(Author, { handle: 'undone' }));
            throw new Error('undo');
          })
          .catch(() => undefined);
        await manager.insert(Author, { handle: 'kept' });
      }),
    );
    const events = await trail();
    expect(events.map((event) => [change(event, 'handle'), event.actor.id])).toEqual([['∅ → "kept"', 'alice']]);
  });

  it('needs no second connection, also in a DataSource that is initialised later', async () => {
    const later = new DataSource({
      ...dataSourceOptions('postgres', world.place.location),
      entities: ENTITIES,
      poolSize: 1,
      extra: { connectionTimeoutMillis: 1_000 },
    } as ConstructorParameters<typeof DataSource>[0]);
    const capture = new ChangeCapture(world.parts, { triggers: true });
    capture.register(later, new SqlOutboxWriter(world.database.dialect));
    await later.initialize();
    await later.transaction((manager) => manager.insert(Author, { handle: 'a' }));
    capture.unregisterAll();
    await later.destroy();
    expect(summary(await trail())).toEqual([expect.stringMatching(/^author.create /)]);
  });

  it('rolls back with the data', async () => {
    const runner = world.dataSource.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query(`INSERT INTO author (handle) VALUES ('gone')`);
    await runner.query('ROLLBACK');
    await runner.release();
    expect(await trail()).toEqual([]);
  });

  it('says the same of a row as the capture does: JSON by path, masks, soft deletes, links', async () => {
    const articles = world.repository(Article);
    const article = await articles.save({
      title: 't',
      settings: { a: 1 },
      notes: 'SECRET',
      password: 'SECRET',
      draftKey: 'SECRET',
      tags: ['x'],
    });
    await world.dataSource.query(
      `UPDATE article SET settings = '{"a":2}', notes = 'SECRET2', password = 'SECRET2' WHERE id = $1`,
      [article.id],
    );
    await articles.softDelete(article.id);
    await world.repository(Label).save({ code: 'l' });
    await articles.createQueryBuilder().relation(Article, 'labels').of(article.id).add('l');
    const rows = await world.dataSource.query('SELECT payload FROM audit_outbox');
    expect(JSON.stringify(rows).includes('SECRET')).toBe(false);
    const events = await trail();
    expect(summary(events)).toEqual([
      `article.create article#${article.id}`,
      `article.update article#${article.id}`,
      `article.soft_delete article#${article.id}`,
      'label.create label#l',
      `article.link article#${article.id}`,
    ]);
    expect(change(events[0], 'views')).toBe('∅ → 7');
    expect(change(events[0], 'tags')).toBe('∅ → ["x"]');
    expect(change(events[1], 'settings.a')).toBe('1 → 2');
    expect(change(events[1], 'notes')).toBe('{"$redacted":"column"} → {"$redacted":"column"}');
    expect(change(events[1], 'password')).toMatch(/redacted.* → .*redacted/);
    expect(change(events[1], 'draftKey')).toBeUndefined();
    expect(events[4].changes).toEqual([{ path: 'labels', new: 'l' }]);
  });

  it('an UPDATE that changes nothing leaves nothing; a TRUNCATE leaves a summary', async () => {
    await world.dataSource.query(`INSERT INTO author (handle, name) VALUES ('a', 'n')`);
    await world.dataSource.query(`UPDATE author SET name = 'n'`);
    await world.dataSource.query('TRUNCATE author CASCADE');
    const events = await trail();
    expect(events[0].action).toBe('author.create');
    const author = events.find(({ action }) => action === 'author.delete') as SeenEvent;
    expect(author).toMatchObject({ resource: 'author#', flags: ['bulk'] });
    expect(author.metadata.notRecorded).toMatch(/truncated/);
  });

  it('a table that no entity of this process has is recorded by its columns', async () => {
    await world.dataSource.query('CREATE TABLE plain (a int, b text, secret text, PRIMARY KEY (a, b))');
    await world.dataSource.query(`SELECT audit_attach('plain', masked => '{secret}')`);
    await world.dataSource.query(`INSERT INTO plain VALUES (1, 'x&y', 's')`);
    await world.dataSource.query(`UPDATE plain SET secret = 'other', a = 2`);
    const events = await trail();
    expect(summary(events)).toEqual(['plain.create plain#a=1&b=x%26y', 'plain.update plain#a=1&b=x%26y']);
    expect(change(events[1], 'a')).toBe('"1" → "2"');
    expect(change(events[1], 'secret')).toBe('{"$redacted":"column"} → {"$redacted":"column"}');
    await world.dataSource.query('DROP TABLE plain');
  });

  it('refuses a table without a primary key, and what nobody but a trigger could have written', async () => {
    await world.dataSource.query('CREATE TABLE keyless (a int)');
    await expect(world.dataSource.query(`SELECT audit_attach('keyless')`)).rejects.toThrow(/no primary key/);
    for (const payload of ['', '[]', '{"trigger":1}', '{"trigger":1,"operation":"DROP"}']) {
      expect(world.capture.translate(payload)).toBeNull();
    }
  });
});
