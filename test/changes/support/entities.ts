import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  Index,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import type { Relation } from 'typeorm';
import { AuditEntity } from '../../../lib/changes/decorators/audit-entity.decorator.js';
import { AuditIgnore } from '../../../lib/changes/decorators/audit-ignore.decorator.js';
import { AuditMask } from '../../../lib/changes/decorators/audit-mask.decorator.js';

export class Address {
  @Column({ nullable: true, type: 'varchar' })
  street!: string | null;

  @Column({ nullable: true, type: 'varchar' })
  city!: string | null;

  @AuditMask()
  @Column({ nullable: true, type: 'varchar' })
  door!: string | null;
}

@Entity()
export class Author {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ unique: true })
  handle!: string;

  @Column({ nullable: true, type: 'varchar' })
  name!: string | null;

  @OneToMany(() => Article, (article) => article.author)
  articles!: Article[];
}

@Entity()
export class Label {
  @PrimaryColumn()
  code!: string;
}

@Entity()
export class Article {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  title!: string;

  @Column({ nullable: true, type: 'varchar' })
  subtitle!: string | null;

  @Column({ type: 'int', default: 7 })
  views!: number;

  @Column(() => Address)
  address!: Address;

  @Column({ type: 'simple-json', nullable: true })
  settings!: Record<string, unknown> | null;

  @Column({ type: 'simple-array', nullable: true })
  tags!: string[] | null;

  @Column({ select: false, nullable: true, type: 'varchar' })
  draftKey!: string | null;

  @AuditMask()
  @Column({ nullable: true, type: 'varchar' })
  notes!: string | null;

  @AuditIgnore()
  @Column({ nullable: true, type: 'varchar' })
  cache!: string | null;

  @Column({ nullable: true, type: 'varchar' })
  password!: string | null;

  @ManyToOne(() => Author, (author) => author.articles, { nullable: true, onDelete: 'SET NULL' })
  author!: Relation<Author> | null;

  @OneToMany(() => Comment, (comment) => comment.article, { cascade: true })
  comments!: Relation<Comment>[];

  @ManyToMany(() => Label)
  @JoinTable()
  labels!: Label[];

  @VersionColumn()
  version!: number;

  @CreateDateColumn()
  createdAt!: Date;

  @UpdateDateColumn()
  updatedAt!: Date;

  @DeleteDateColumn()
  deletedAt!: Date | null;
}

@Entity()
export class Comment {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  text!: string;

  @ManyToOne(() => Article, (article) => article.comments, { nullable: true, onDelete: 'CASCADE' })
  article!: Relation<Article> | null;

  @OneToMany(() => Reaction, (reaction) => reaction.comment)
  reactions!: Relation<Reaction>[];
}

@Entity()
export class Reaction {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column()
  kind!: string;

  @ManyToOne(() => Comment, (comment) => comment.reactions, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'comment_id' })
  comment!: Relation<Comment>;
}

/** Two columns make the key; one of them is unique in a second way. */
@AuditEntity({ resource: 'seat', requireReason: false })
@Entity({ name: 'seats' })
@Index(['hall', 'code'], { unique: true })
export class SeatEntity {
  @PrimaryColumn()
  hall!: string;

  @PrimaryColumn({ type: 'int' })
  number!: number;

  @Column()
  code!: string;

  @Column({ type: 'int', default: 0 })
  price!: number;
}

@AuditEntity({ requireReason: true, resource: 'ruling' })
@Entity()
export class Ruling {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  text!: string;
}

export const ENTITIES = [Author, Label, Article, Comment, Reaction, SeatEntity, Ruling];
