import {
  ChildEntity,
  Column,
  Entity,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import type { Relation } from 'typeorm';
import { AuditEntity } from '../../../lib/changes/decorators/audit-entity.decorator.js';
import { AuditIgnore } from '../../../lib/changes/decorators/audit-ignore.decorator.js';
import { change, ChangeWorld, summary } from '../support/change-world.js';
import type { WorldKind } from '../support/change-world.js';

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Vehicle {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  plate!: string;
}

@ChildEntity()
class Car extends Vehicle {
  @Column({ type: 'int', nullable: true })
  doors!: number | null;
}

@AuditEntity({ resource: 'lorry' })
@ChildEntity()
class Truck extends Vehicle {
  @Column({ type: 'int', nullable: true })
  tons!: number | null;

  @AuditIgnore()
  @Column({ type: 'varchar', nullable: true })
  scratch!: string | null;
}

@Entity()
@Tree('closure-table')
class Folder {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  name!: string;

  @TreeParent({ onDelete: 'CASCADE' })
  parent!: Relation<Folder> | null;

  @TreeChildren()
  children!: Relation<Folder>[];
}

@Entity()
@Tree('materialized-path')
class Topic {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  name!: string;

  @TreeParent()
  parent!: Relation<Topic> | null;

  @TreeChildren()
  children!: Relation<Topic>[];
}

/** Named in events by what outsiders know. */
@AuditEntity({ id: 'number' })
@Entity({ name: 'bill_table' })
class Bill {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column()
  number!: string;

  @Column({ type: 'int', default: 0 })
  total!: number;
}

/** Refers to itself, and goes with its parent. */
@Entity()
class Part {
  @PrimaryColumn()
  code!: string;

  @Column({ type: 'varchar', nullable: true })
  within!: string | null;
}

const MODELS = [Vehicle, Car, Truck, Folder, Topic, Bill, Part];

/** Entities whose tables are not just one class each. */
export function specialEntitiesSuite(kind: WorldKind): void {
  describe(`special entities on ${kind}`, () => {
    let world: ChangeWorld;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind, { models: MODELS });
    });

    afterAll(() => world.close());

    it('a hierarchy in one table: each row under its own name, with the columns of all', async () => {
      const events = await world.recordedBy(async () => {
        const car = await world.repository(Car).save({ plate: 'C', doors: 4 });
        const truck = await world.repository(Truck).save({ plate: 'T', tons: 7, scratch: 's' });
        await world.repository(Vehicle).update({ id: car.id }, { plate: 'C2' });
        await world.repository(Truck).update({ id: truck.id }, { tons: 8, scratch: 't' });
        await world.repository(Truck).update({ id: truck.id }, { scratch: 'u' });
        await world.dataSource.createQueryBuilder().update(Vehicle).set({ plate: 'all' }).where('id > 0').execute();
        await world.repository(Vehicle).delete([car.id, truck.id]);
      });
      expect(events.map(({ action }) => action)).toEqual([
        'car.create',
        'lorry.create',
        'car.update',
        'lorry.update',
        'car.update',
        'lorry.update',
        'car.delete',
        'lorry.delete',
      ]);
      expect(change(events[0], 'doors')).toBe('∅ → 4');
      expect(events[3].changes).toEqual([{ path: 'tons', old: 7, new: 8 }]);
      expect(change(events[6], 'doors')).toBe('4 → ∅');
    });

    it('trees: the parent is recorded, the tables behind it are not', async () => {
      const events = await world.recordedBy(async () => {
        const root = await world.repository(Folder).save({ name: 'root' });
        await world.repository(Folder).save({ name: 'child', parent: root });
        const topic = await world.repository(Topic).save({ name: 'a' });
        await world.repository(Topic).save({ name: 'b', parent: topic });
        await world.dataSource.createQueryBuilder().delete().from('folder_closure').execute();
        await world.repository(Folder).delete(root.id);
      });
      expect(events.map(({ action }) => action)).toEqual([
        'folder.create',
        'folder.create',
        'topic.create',
        'topic.update',
        'topic.create',
        'topic.update',
        'folder.delete',
        'folder.delete',
      ]);
      expect(change(events[5], 'mpath')).toMatch(/^.* → "\d+\.\d+\."$/);
      expect(events[7].metadata).toMatchObject({ cause: { type: 'folder' } });
    });

    it('rows that are named by a property of theirs', async () => {
      const events = await world.recordedBy(async () => {
        const bill = await world.repository(Bill).save({ number: '2026/1' });
        await world.repository(Bill).update({ id: bill.id }, { total: 5 });
      });
      expect(summary(events)).toEqual(['bill.create bill#2026/1', 'bill.update bill#2026/1']);
    });

    it('a table without an entity of its own is named by its entity all the same', async () => {
      const events = await world.recordedBy(async () => {
        await world.dataSource
          .createQueryBuilder()
          .insert()
          .into('bill_table')
          .values({ id: '6f0f6cf5-9d3e-4b0a-8f0e-2d6f6c1f3a11', number: '7' })
          .execute();
      });
      expect(summary(events)).toEqual(['bill.create bill#7']);
    });

    it('INSERT … SELECT is summarised', async () => {
      const builder = world.dataSource.createQueryBuilder().insert().into(Part, ['code']);
      if (!('valuesFromSelect' in builder) || typeof builder.valuesFromSelect !== 'function') return;
      const insert = builder.valuesFromSelect((from: ReturnType<typeof world.dataSource.createQueryBuilder>) =>
        from.select('bill.number', 'code').from(Bill, 'bill'),
      );
      const [event] = await world.recordedBy(() => insert.execute());
      expect(event).toMatchObject({ action: 'part.create', resource: 'part#', flags: ['bulk'] });
      expect(event.metadata.notRecorded).toMatch(/SELECT/);
    });
  });
}
