import { Column, Entity, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { Invoice } from './invoice.entity.js';

@Entity()
export class InvoiceLine {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar' })
  text!: string;

  /** In cents. */
  @Column({ type: 'integer' })
  price!: number;

  /** The database deletes the lines with their invoice; the trail has them all the same. */
  @ManyToOne(() => Invoice, (invoice) => invoice.lines, { onDelete: 'CASCADE' })
  invoice!: Relation<Invoice>;
}
