import {
  Column,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  VersionColumn,
} from 'typeorm';
import type { Relation } from 'typeorm';

@Entity()
export class Team {
  @PrimaryColumn()
  code!: string;
}

@Entity()
export class Account {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ unique: true })
  code!: string;

  @Column({ type: 'int', default: 0 })
  balance!: number;

  @Column({ type: 'decimal', precision: 10, scale: 2, nullable: true })
  ratio!: string | null;

  @Column({ type: 'simple-json', nullable: true })
  meta!: unknown;

  @OneToMany(() => Line, (line) => line.account, { cascade: true })
  lines!: Relation<Line>[];

  @ManyToMany(() => Team)
  @JoinTable()
  teams!: Team[];

  @VersionColumn()
  version!: number;

  @DeleteDateColumn()
  deletedAt!: Date | null;
}

@Entity()
export class Line {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column()
  text!: string;

  @Column({ type: 'int', nullable: true })
  amount!: number | null;

  @ManyToOne(() => Account, (account) => account.lines, { nullable: true, onDelete: 'CASCADE' })
  account!: Relation<Account> | null;

  @ManyToOne(() => Team, { nullable: true, onDelete: 'SET NULL' })
  team!: Relation<Team> | null;
}

@Entity()
export class Slot {
  @PrimaryColumn()
  room!: string;

  @PrimaryColumn({ type: 'int' })
  hour!: number;

  @Column({ nullable: true, type: 'varchar' })
  holder!: string | null;
}

export const FOLD_ENTITIES = [Team, Account, Line, Slot];
