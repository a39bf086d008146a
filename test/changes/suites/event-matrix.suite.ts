import { Article, Author, Comment, Label, Reaction, SeatEntity } from '../support/entities.js';
import { change, ChangeWorld, summary } from '../support/change-world.js';
import type { SeenEvent, WorldKind } from '../support/change-world.js';

/** Columns that the database or TypeORM fills in by itself. */
const AUTOMATIC = ['version', 'createdAt', 'updatedAt'];
const paths = (event: SeenEvent) => event.changes.map(({ path }) => path).filter((path) => !AUTOMATIC.includes(path));

/** Every way in which TypeORM writes: what is recorded, with right values before and after. */
export function eventMatrixSuite(kind: WorldKind): void {
  describe(`the event matrix on ${kind}`, () => {
    let world: ChangeWorld;
    let articles: ReturnType<typeof world.repository<Article>>;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind, { bulk: { maxRows: 20 } });
      articles = world.repository(Article);
    });

    afterAll(() => world.close());

    const make = (values: Partial<Article> = {}) => articles.save(articles.create({ title: 'one', ...values }));

    afterEach(() => expect(world.errors).toEqual([]));

    it('save() of a new row', async () => {
      let id = 0;
      const events = await world.recordedBy(async () => {
        ({ id } = await articles.save(articles.create({ title: 'new', address: { city: 'Bern' }, tags: ['a', 'b'] })));
      });
      expect(summary(events)).toEqual([`article.create article#${id}`]);
      expect(paths(events[0])).toEqual(['id', 'title', 'views', 'tags', 'address.city']);
      expect(change(events[0], 'id')).toBe(`∅ → ${id}`);
      expect(change(events[0], 'views')).toBe('∅ → 7');
      expect(change(events[0], 'tags')).toBe('∅ → ["a","b"]');
      expect(change(events[0], 'version')).toBe('∅ → 1');
      expect(change(events[0], 'createdAt')).toMatch(/^∅ → "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    });

    it('save() of a loaded and changed row', async () => {
      const { id } = await make({ subtitle: 'sub' });
      const events = await world.recordedBy(async () => {
        const loaded = await articles.findOneByOrFail({ id });
        loaded.title = 'two';
        await articles.save(loaded);
      });
      expect(summary(events)).toEqual([`article.update article#${id}`]);
      expect(paths(events[0])).toEqual(['title']);
      expect(change(events[0], 'title')).toBe('"one" → "two"');
      expect(change(events[0], 'version')).toBe('1 → 2');
    });

    it('save() of a partial entity invents no nulls', async () => {
      const { id } = await make({ subtitle: 'kept', notes: 'kept' });
      const events = await world.recordedBy(() => articles.save({ id, title: 'partial' }));
      expect(summary(events)).toEqual([`article.update article#${id}`]);
      expect(paths(events[0])).toEqual(['title']);
    });

    it('save() of an unchanged row records nothing', async () => {
      const { id } = await make({ settings: { a: 1, b: 2 } });
      const events = await world.recordedBy(async () => {
        await articles.save(await articles.findOneByOrFail({ id }));
      });
      expect(events).toEqual([]);
    });

    it('save() of JSON in another order records no change of it', async () => {
      const { id } = await make({ settings: { a: 1, b: { c: [1, 2] } } });
      const events = await world.recordedBy(() => articles.save({ id, settings: { b: { c: [1, 2] }, a: 1 } }));
      expect(events.flatMap(paths)).toEqual([]);
    });

    it('JSON is recorded by path', async () => {
      const { id } = await make({ settings: { theme: { dark: false }, list: [1, 2], gone: true } });
      const events = await world.recordedBy(() =>
        articles.save({ id, settings: { theme: { dark: true }, list: [1, 3], 'with.dot': 1 } }),
      );
      expect(change(events[0], 'settings.theme.dark')).toBe('false → true');
      expect(change(events[0], 'settings.list.1')).toBe('2 → 3');
      expect(change(events[0], 'settings.gone')).toBe('true → ∅');
      expect(change(events[0], 'settings.with\\.dot')).toBe('∅ → 1');
      expect(paths(events[0])).toHaveLength(4);
    });

    it('insert() of several rows, with right ids', async () => {
      const events = await world.recordedBy(() => articles.insert([{ title: 'i1' }, { title: 'i2' }, { title: 'i3' }]));
      const rows = await articles.find({ where: [{ title: 'i1' }, { title: 'i2' }, { title: 'i3' }] });
      expect(events).toHaveLength(3);
      for (const { id, title } of rows) {
        const event = events.find(({ resource }) => resource === `article#${id}`) as SeenEvent;
        expect(change(event, 'title')).toBe(`∅ → "${title}"`);
      }
    });

    it('insert() without refreshing the entities', async () => {
      const events = await world.recordedBy(() =>
        articles
          .createQueryBuilder()
          .insert()
          .values([{ title: 'q1' }, { title: 'q2' }])
          .updateEntity(false)
          .execute(),
      );
      const [first, second] = await articles.find({
        where: [{ title: 'q1' }, { title: 'q2' }],
        order: { title: 'ASC' },
      });
      expect(summary(events)).toEqual([`article.create article#${first.id}`, `article.create article#${second.id}`]);
      expect(change(events[1], 'title')).toBe('∅ → "q2"');
    });

    it('update() by criteria', async () => {
      const { id } = await make({ subtitle: 'sub' });
      const events = await world.recordedBy(() => articles.update({ id }, { subtitle: null, views: 9 }));
      expect(summary(events)).toEqual([`article.update article#${id}`]);
      expect(paths(events[0])).toEqual(['subtitle', 'views']);
      expect(change(events[0], 'subtitle')).toBe('"sub" → null');
      expect(change(events[0], 'views')).toBe('7 → 9');
    });

    it('update() by a builder with raw criteria and an expression', async () => {
      const [a, b] = [await make({ title: 'raw' }), await make({ title: 'raw' })];
      const events = await world.recordedBy(() =>
        articles
          .createQueryBuilder()
          .update()
          .set({ views: () => 'views * 2' })
          .where('title = :title AND id >= :id', { title: 'raw', id: a.id })
          .execute(),
      );
      expect(summary(events).sort()).toEqual(
        [`article.update article#${a.id}`, `article.update article#${b.id}`].sort(),
      );
      for (const event of events) expect(change(event, 'views')).toBe('7 → 14');
    });

    it('update() that changes nothing records nothing of it', async () => {
      const { id } = await make();
      const events = await world.recordedBy(() => articles.update({ id: id + 100_000 }, { title: 'x' }));
      expect(events).toEqual([]);
    });

    it('increment() and decrement()', async () => {
      const { id } = await make();
      const events = await world.recordedBy(async () => {
        await articles.increment({ id }, 'views', 5);
        await articles.decrement({ id }, 'views', 2);
      });
      expect(events.map((event) => change(event, 'views'))).toEqual(['7 → 12', '12 → 10']);
    });

    it('upsert() of a new and of an existing row, with the right ids', async () => {
      const authors = world.repository(Author);
      const old = await authors.save({ handle: 'known', name: 'before' });
      await authors.save({ handle: 'other' });
      const events = await world.recordedBy(() =>
        authors.upsert(
          [
            { handle: 'known', name: 'after' },
            { handle: 'fresh', name: 'new' },
          ],
          ['handle'],
        ),
      );
      const fresh = await authors.findOneByOrFail({ handle: 'fresh' });
      expect(summary(events).sort()).toEqual([`author.create author#${fresh.id}`, `author.update author#${old.id}`]);
      const update = events.find(({ action }) => action === 'author.update') as SeenEvent;
      expect(update.changes).toEqual([{ path: 'name', old: 'before', new: 'after' }]);
    });

    it('orIgnore() records only what was inserted', async () => {
      const authors = world.repository(Author);
      await authors.save({ handle: 'there' });
      const events = await world.recordedBy(() =>
        authors
          .createQueryBuilder()
          .insert()
          .values([{ handle: 'there' }, { handle: 'not-there' }])
          .orIgnore()
          .execute(),
      );
      const made = await authors.findOneByOrFail({ handle: 'not-there' });
      expect(summary(events)).toEqual([`author.create author#${made.id}`]);
    });

    it('delete() by criteria and by a builder', async () => {
      const [a, b] = [await make({ title: 'gone' }), await make({ title: 'gone too' })];
      const events = await world.recordedBy(async () => {
        await articles.delete(a.id);
        await articles.createQueryBuilder().delete().where('title = :title', { title: 'gone too' }).execute();
      });
      expect(summary(events)).toEqual([`article.delete article#${a.id}`, `article.delete article#${b.id}`]);
      expect(change(events[0], 'title')).toBe('"gone" → ∅');
    });

    it('softDelete(), restore(), softRemove() and recover()', async () => {
      const { id } = await make();
      const events = await world.recordedBy(async () => {
        await articles.softDelete(id);
        await articles.restore(id);
        await articles.softRemove(await articles.findOneByOrFail({ id }));
        await articles.recover(await articles.findOneOrFail({ where: { id }, withDeleted: true }));
      });
      expect(summary(events)).toEqual(
        ['soft_delete', 'restore', 'soft_delete', 'restore'].map((verb) => `article.${verb} article#${id}`),
      );
      expect(change(events[0], 'deletedAt')).toMatch(/^null → "\d{4}/);
      expect(change(events[1], 'deletedAt')).toMatch(/^"\d{4}.* → null$/);
    });

    it('remove() of loaded rows keeps their ids', async () => {
      const made = [await make({ title: 'r1' }), await make({ title: 'r2' })];
      const ids = made.map(({ id }) => id);
      const events = await world.recordedBy(() => articles.remove(made));
      expect(summary(events)).toEqual(ids.map((id) => `article.delete article#${id}`));
      expect(change(events[1], 'title')).toBe('"r2" → ∅');
    });

    it('save() cascades to children', async () => {
      const parent = await make();
      const events = await world.recordedBy(async () => {
        parent.comments = [
          Object.assign(new Comment(), { text: 'first' }),
          Object.assign(new Comment(), { text: 'second' }),
        ];
        await articles.save(parent);
      });
      const created = events.filter(({ action }) => action === 'comment.create');
      expect(created.map((event) => change(event, 'text'))).toEqual(['∅ → "first"', '∅ → "second"']);
      expect(change(created[0], 'article.id')).toBe(`∅ → ${parent.id}`);
    });

    it('children that are taken out of a relation', async () => {
      const parent = await make();
      parent.comments = [
        Object.assign(new Comment(), { text: 'stays' }),
        Object.assign(new Comment(), { text: 'leaves' }),
      ];
      await articles.save(parent);
      const leaving = parent.comments[1].id;
      const events = await world.recordedBy(async () => {
        parent.comments = parent.comments.slice(0, 1);
        await articles.save(parent);
      });
      // TypeORM counts the parent's version up as well.
      expect(summary(events).sort()).toEqual([
        `article.update article#${parent.id}`,
        `comment.update comment#${leaving}`,
      ]);
      expect(change(events.find(({ action }) => action === 'comment.update') as SeenEvent, 'article.id')).toBe(
        `${parent.id} → null`,
      );
    });

    it('many-to-many links', async () => {
      const labels = world.repository(Label);
      await labels.save([{ code: 'x' }, { code: 'y' }]);
      const article = await make();
      const saved = await world.recordedBy(async () => {
        article.labels = [{ code: 'x' }, { code: 'y' }] as Label[];
        await articles.save(article);
      });
      const link = saved.filter(({ action }) => action === 'article.link');
      expect(summary(link)).toEqual([`article.link article#${article.id}`, `article.link article#${article.id}`]);
      expect(link[0].changes).toEqual([{ path: 'labels', new: 'x' }]);
      expect(link[0].metadata).toEqual({ target: { type: 'label', id: 'x' } });
      const unlink = await world.recordedBy(() =>
        articles.createQueryBuilder().relation(Article, 'labels').of(article.id).remove('x'),
      );
      expect(summary(unlink)).toEqual([`article.unlink article#${article.id}`]);
      expect(unlink[0].changes).toEqual([{ path: 'labels', old: 'x' }]);
    });

    it('relation builders', async () => {
      const author = await world.repository(Author).save({ handle: 'relation' });
      const article = await make();
      const events = await world.recordedBy(() =>
        articles.createQueryBuilder().relation(Article, 'author').of(article.id).set(author.id),
      );
      expect(summary(events)).toEqual([`article.update article#${article.id}`]);
      expect(change(events[0], 'author.id')).toBe(`null → ${author.id}`);
    });

    it('foreign keys that cascade: deleted and emptied rows with their cause', async () => {
      const author = await world.repository(Author).save({ handle: 'leaving' });
      const article = await make({ author });
      await world.repository(Label).save({ code: 'z' });
      article.labels = [{ code: 'z' } as Label];
      article.comments = [Object.assign(new Comment(), { text: 'c' })];
      await articles.save(article);
      const [comment] = article.comments;
      const reaction = await world.repository(Reaction).save({ kind: 'up', comment });

      const ofAuthor = await world.recordedBy(() => world.repository(Author).delete(author.id));
      expect(summary(ofAuthor).sort()).toEqual([
        `article.update article#${article.id}`,
        `author.delete author#${author.id}`,
      ]);
      const update = ofAuthor.find(({ action }) => action === 'article.update') as SeenEvent;
      expect(update.changes).toEqual([{ path: 'author.id', old: author.id, new: null }]);
      expect(update.metadata).toEqual({ cause: { type: 'author', id: String(author.id) } });

      const ofArticle = await world.recordedBy(() => articles.delete(article.id));
      expect(summary(ofArticle).sort()).toEqual([
        `article.delete article#${article.id}`,
        `article.unlink article#${article.id}`,
        `comment.delete comment#${comment.id}`,
        `reaction.delete reaction#${reaction.id}`,
      ]);
      const gone = ofArticle.find(({ action }) => action === 'reaction.delete') as SeenEvent;
      expect(gone.metadata).toEqual({ cause: { type: 'comment', id: String(comment.id) } });
    });

    it('composite keys', async () => {
      const seats = world.repository(SeatEntity);
      const events = await world.recordedBy(async () => {
        await seats.save({ hall: 'A&B', number: 1, code: 'c1' });
        await seats.update({ hall: 'A&B', number: 1 }, { price: 5 });
        await seats.upsert({ hall: 'A&B', number: 1, code: 'c2' }, ['hall', 'number']);
        await seats.delete({ hall: 'A&B', number: 1 });
      });
      const name = 'seat#hall=A%26B&number=1';
      expect(summary(events)).toEqual(['create', 'update', 'update', 'delete'].map((verb) => `seat.${verb} ${name}`));
      expect(events[2].changes).toEqual([{ path: 'code', old: 'c1', new: 'c2' }]);
    });

    it('update() of a primary key', async () => {
      const seats = world.repository(SeatEntity);
      await seats.insert({ hall: 'M', number: 1, code: 'm' });
      const events = await world.recordedBy(() => seats.update({ hall: 'M', number: 1 }, { number: 2 }));
      expect(summary(events)).toEqual(['seat.update seat#hall=M&number=1']);
      expect(events[0].changes).toEqual([{ path: 'number', old: 1, new: 2 }]);
      await seats.clear();
    });

    it('clear()', async () => {
      const seats = world.repository(SeatEntity);
      await seats.insert([
        { hall: 'C', number: 1, code: 'a' },
        { hall: 'C', number: 2, code: 'b' },
      ]);
      const events = await world.recordedBy(() => seats.clear());
      expect(summary(events).sort()).toEqual(['seat.delete seat#hall=C&number=1', 'seat.delete seat#hall=C&number=2']);
      expect(await seats.count()).toBe(0);
    });

    it('more rows than are recorded one by one: one honest summary', async () => {
      const seats = world.repository(SeatEntity);
      await seats.insert(Array.from({ length: 15 }, (_, n) => ({ hall: 'S', number: n, code: `s${n}` })));
      await seats.insert(Array.from({ length: 15 }, (_, n) => ({ hall: 'S', number: 15 + n, code: `s${15 + n}` })));
      const [update] = await world.recordedBy(() => seats.update({ hall: 'S' }, { price: 3 }));
      expect(update).toMatchObject({ action: 'seat.update', resource: 'seat#', flags: ['bulk'] });
      expect(update.metadata).toMatchObject({ rows: 30, parameters: { hall: ['S'] } });
      expect(update.metadata.notRecorded).toMatch(/more than 20 rows/);
      expect(update.changes).toEqual([{ path: 'price', new: 3 }]);
      const deleted = await world.recordedBy(() => seats.clear());
      expect(deleted).toHaveLength(1);
      expect(deleted[0]).toMatchObject({ action: 'seat.delete', flags: ['bulk'] });
      const inserted = await world.recordedBy(() =>
        seats.insert(Array.from({ length: 21 }, (_, n) => ({ hall: 'T', number: n, code: `t${n}` }))),
      );
      expect(inserted).toHaveLength(1);
      expect(inserted[0]).toMatchObject({ action: 'seat.create', flags: ['bulk'], metadata: { rows: 21 } });
      await seats.clear();
    });

    it('what a row was before a summarised statement is not taken for its work', async () => {
      const seats = world.repository(SeatEntity);
      await seats.insert(Array.from({ length: 20 }, (_, n) => ({ hall: 'B', number: n, code: `b${n}` })));
      await seats.insert({ hall: 'B', number: 20, code: 'b20' });
      const events = await world.recordedBy(() =>
        world.dataSource.transaction(async (manager) => {
          await manager.update(SeatEntity, { hall: 'B', number: 1 }, { code: 'changed' });
          await manager.update(SeatEntity, { hall: 'B' }, { price: 99 });
        }),
      );
      expect(events[0].changes).toEqual([{ path: 'code', old: 'b1', new: 'changed' }]);
      expect(events[1].flags).toEqual(['bulk']);
      await seats.clear();
    });

    it('listeners that are switched off do not hide a write', async () => {
      const { id } = await make();
      const events = await world.recordedBy(async () => {
        await articles.save({ id, title: 'silent' }, { listeners: false });
        await articles
          .createQueryBuilder()
          .update()
          .set({ title: 'quiet' })
          .whereInIds(id)
          .callListeners(false)
          .execute();
      });
      expect(events.map((event) => change(event, 'title'))).toEqual(['"one" → "silent"', '"silent" → "quiet"']);
    });

    it('masked, hidden, ignored and secret columns', async () => {
      const { id } = await make({
        notes: 'SECRET-n1',
        draftKey: 'SECRET-k1',
        cache: 'SECRET-c1',
        password: 'SECRET-p1',
        address: { door: '7' } as never,
      });
      const events = await world.recordedBy(async () => {
        await articles.update(
          { id },
          { notes: 'SECRET-n2', draftKey: 'SECRET-k2', cache: 'SECRET-c2', password: 'SECRET-p2' },
        );
        await articles.update({ id }, { cache: 'SECRET-c3' });
        await articles.update({ id }, { draftKey: null, address: { door: '8' } });
      });
      const masked = '{"$redacted":"column"}';
      expect(change(events[0], 'notes')).toBe(`${masked} → ${masked}`);
      expect(change(events[0], 'draftKey')).toBe(`${masked} → ${masked}`);
      expect(change(events[0], 'password')).toMatch(/^\{"\$redacted":"key:password"\} → /);
      expect(change(events[0], 'cache')).toBeUndefined();
      expect(paths(events[1])).toEqual([]);
      expect(change(events[2], 'draftKey')).toBe(`${masked} → null`);
      expect(change(events[2], 'address.door')).toBe(`${masked} → ${masked}`);
      expect(JSON.stringify(await world.outbox()).includes('SECRET')).toBe(false);
    });

    it('our own tables are not captured', async () => {
      const events = await world.recordedBy(() =>
        world.dataSource.query(`INSERT INTO audit_lease (name, holder, expires_at) VALUES ('a', 'b', 1)`),
      );
      expect(events).toEqual([]);
    });
  });
}
