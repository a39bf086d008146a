import { AuditEntity, AuditIgnore, AuditMask } from 'nestjs-audit-trail';
import { Column, Entity, OneToMany, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { InvoiceLine } from './invoice-line.entity.js';

/** Recorded without any decorator too; these say what is to be left out. */
@AuditEntity({ resource: 'invoice' })
@Entity()
export class Invoice {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar' })
  customer!: string;

  /** In cents. */
  @Column({ type: 'integer' })
  amount!: number;

  @Column({ type: 'varchar', default: 'draft' })
  status!: string;

  @Column({ type: 'simple-json', nullable: true })
  terms!: { days: number; rebate?: number } | null;

  /** The trail tells that it changed, not what it is. */
  @AuditMask()
  @Column({ type: 'varchar', nullable: true })
  iban!: string | null;

  /** Derived from the others, so it would only repeat them. */
  @AuditIgnore()
  @Column({ type: 'varchar', default: '' })
  searchText!: string;

  @OneToMany(() => InvoiceLine, (line) => line.invoice, { cascade: true })
  lines!: Relation<InvoiceLine>[];
}
