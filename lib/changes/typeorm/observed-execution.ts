import type { QueryRunner } from 'typeorm';
import type { StructuredResult } from '../returning/returning-statement.js';
import type { WriteBuilder, WriteResult } from './typeorm-internals.js';

/** What came of a statement that the database has carried out. */
export interface Execution {
  /** What `execute` gave; what the database gave, when `execute` failed afterwards. */
  readonly result: WriteResult;
  /** A listener of the application, or TypeORM's own work on the result, has thrown after the statement. */
  readonly error?: unknown;
}

type Query = (sql: string, parameters?: unknown[], structured?: boolean) => Promise<unknown>;

/** Sends a builder's statement, or another one in its place. */
export type StatementSender = (
  sql: string,
  send: (sql: string) => Promise<StructuredResult>,
) => Promise<StructuredResult>;

/** A runner that remembers what its first statement with a structured result gave: that is the write. */
interface Observer {
  readonly runner: QueryRunner;
  carriedOut: WriteResult | undefined;
  sender: StatementSender | undefined;
}

const OBSERVERS = new WeakMap<QueryRunner, Observer>();

/**
 * Lets a builder execute on a runner and sees whether its statement was carried out. That is not the same as whether
 * `execute` succeeds: outside a transaction, a listener that throws after the statement leaves it in force.
 *
 * @throws what `execute` throws, when the statement failed or was never sent
 */
export async function observeExecution(
  builder: WriteBuilder,
  runner: QueryRunner,
  proceed: () => Promise<WriteResult>,
  sender?: StatementSender,
): Promise<Execution> {
  const given = builder.queryRunner;
  const observer = OBSERVERS.get(runner) ?? observe(runner);
  // A write within a write, by a listener, is observed on its own.
  OBSERVERS.delete(runner);
  observer.carriedOut = undefined;
  observer.sender = sender;
  builder.queryRunner = observer.runner;
  try {
    return { result: await proceed() };
  } catch (error) {
    const { carriedOut } = observer as { carriedOut: WriteResult | undefined };
    if (!carriedOut || builder.expressionMap.useTransaction) throw error;
    return { result: { raw: carriedOut.raw, affected: carriedOut.affected }, error };
  } finally {
    builder.queryRunner = given;
    OBSERVERS.set(runner, observer);
  }
}

function observe(runner: QueryRunner): Observer {
  const send = (sql: string, parameters?: unknown[]) =>
    (runner.query as Query).call(runner, sql, parameters, true) as Promise<StructuredResult>;
  const query: Query = async (sql, parameters, structured) => {
    if (structured !== true) return (runner.query as Query).call(runner, sql, parameters, structured);
    const { sender } = observer;
    observer.sender = undefined;
    const result = await (sender ? sender(sql, (other) => send(other, parameters)) : send(sql, parameters));
    observer.carriedOut ??= result;
    return result;
  };
  const own = Object.create(runner, { query: { value: query } }) as QueryRunner;
  const observer: Observer = { runner: own, carriedOut: undefined, sender: undefined };
  return observer;
}
