import type { SchemaTarget } from './schema-target.js';

/** Longest identifier in code points; MySQL's indexes take no more. */
export const MAX_NAME_LENGTH = 256;

/** Column types of one database. Times are text: no time zone, precision or driver can change them. */
export interface ColumnTypes {
  /** An identifier of at most {@link MAX_NAME_LENGTH} characters, compared code point by code point. */
  readonly name: string;
  /** A hash in hex, up to 512 bits. */
  readonly hash: string;
  /** `2026-11-21T20:44:00.123456Z` */
  readonly time: string;
  readonly text: string;
  readonly bytes: string;
  readonly bigint: string;
  readonly integer: string;
  /** A primary key that the database counts up and never gives out twice. */
  readonly counter: string;
  /** What follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: string;
}

export function columnTypes({ dialect, collation }: SchemaTarget): ColumnTypes {
  switch (dialect) {
    case 'sqlite':
      return {
        name: 'TEXT',
        hash: 'TEXT',
        time: 'TEXT',
        text: 'TEXT',
        bytes: 'BLOB',
        bigint: 'INTEGER',
        integer: 'INTEGER',
        counter: 'INTEGER PRIMARY KEY AUTOINCREMENT',
        tableOptions: '',
      };
    case 'postgres':
      return {
        // varchar(n) cuts spaces that are too many without a word.
        name: 'text COLLATE "C"',
        hash: 'text COLLATE "C"',
        time: 'text COLLATE "C"',
        text: 'text COLLATE "C"',
        bytes: 'bytea',
        bigint: 'bigint',
        integer: 'integer',
        counter: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
        tableOptions: '',
      };
    case 'mysql':
      return {
        name: `VARCHAR(${MAX_NAME_LENGTH})`,
        hash: 'VARCHAR(128)',
        time: 'VARCHAR(27)',
        text: 'LONGTEXT',
        bytes: 'BLOB',
        bigint: 'BIGINT',
        integer: 'INT',
        counter: 'BIGINT AUTO_INCREMENT PRIMARY KEY',
        tableOptions: ` ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`,
      };
  }
}
