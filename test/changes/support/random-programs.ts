import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { Account, Line, Slot, Team } from './fold-entities.js';

/** One write of an application, chosen by chance. Small domains, so that writes meet each other. */
export type Step =
  | {
      readonly do: 'saveAccount';
      readonly code: string;
      readonly balance: number;
      readonly meta: unknown;
      readonly lines: number;
    }
  | { readonly do: 'editAccount'; readonly pick: number; readonly balance: number; readonly meta: unknown }
  | { readonly do: 'editAll'; readonly by: number }
  | { readonly do: 'insertAccounts'; readonly codes: readonly string[] }
  | { readonly do: 'upsertAccounts'; readonly codes: readonly string[]; readonly balance: number }
  | { readonly do: 'ignoreAccounts'; readonly codes: readonly string[] }
  | { readonly do: 'updateWhere'; readonly below: number; readonly ratio: string | null }
  | { readonly do: 'increment'; readonly code: string; readonly by: number }
  | { readonly do: 'deleteAccount'; readonly code: string }
  | { readonly do: 'removeAccount'; readonly pick: number }
  | { readonly do: 'softDelete'; readonly code: string }
  | { readonly do: 'restore'; readonly code: string }
  | { readonly do: 'moveLines'; readonly amount: number | null }
  | { readonly do: 'link'; readonly code: string; readonly team: string }
  | { readonly do: 'unlink'; readonly code: string; readonly team: string }
  | { readonly do: 'deleteTeam'; readonly team: string }
  | { readonly do: 'upsertSlot'; readonly room: string; readonly hour: number; readonly holder: string | null }
  | { readonly do: 'moveSlot'; readonly room: string; readonly hour: number; readonly to: number }
  | { readonly do: 'clearSlots' }
  | { readonly do: 'savepoint'; readonly steps: readonly Step[]; readonly fails: boolean };

/** A transaction, or steps outside any. */
export interface Unit {
  readonly transaction: boolean;
  readonly steps: readonly Step[];
  readonly fails: boolean;
}

/** Units that run at the same time, one group after the other. */
export type Program = readonly (readonly Unit[])[];

const code = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const codes = fc.uniqueArray(code, { minLength: 1, maxLength: 3 });
const team = fc.constantFrom('red', 'blue');
const amount = fc.integer({ min: -5, max: 20 });
/** Of characters that mean something in paths and marks, but of no name, number or token that redaction takes out. */
const word = fc.string({ unit: fc.constantFrom('a', 'z', '.', '$', '\\', '"', ' ', '0', 'é', '😀'), maxLength: 4 });
const json = fc.anything({
  key: fc.oneof(word, fc.constantFrom('__proto__', 'constructor', '1')),
  values: [
    word,
    fc.boolean(),
    fc.constant(null),
    fc.integer({ min: -99, max: 99 }),
    fc.constantFrom(0.1 + 0.2, -2.5, 1e300),
  ],
  maxDepth: 2,
});
const meta = fc.option(
  fc.oneof(fc.record({ k: fc.integer({ min: 0, max: 2 }), list: fc.array(fc.boolean(), { maxLength: 3 }) }), json),
  { nil: null },
);
const holder = fc.option(fc.constantFrom('x', 'y'), { nil: null });
const ratio = fc.option(fc.constantFrom('1.5', '0.10', '22.00'), { nil: null });
const pick = fc.nat(5);
const slot = { room: fc.constantFrom('r', 's'), hour: fc.nat(2) };

const { step } = fc.letrec<{ step: Step; savepoint: Step }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'step' },
    fc.record({ do: fc.constant('saveAccount' as const), code, balance: amount, meta, lines: fc.nat(2) }),
    fc.record({ do: fc.constant('editAccount' as const), pick, balance: amount, meta }),
    fc.record({ do: fc.constant('editAll' as const), by: amount }),
    fc.record({ do: fc.constant('insertAccounts' as const), codes }),
    fc.record({ do: fc.constant('upsertAccounts' as const), codes, balance: amount }),
    fc.record({ do: fc.constant('ignoreAccounts' as const), codes }),
    fc.record({ do: fc.constant('updateWhere' as const), below: amount, ratio }),
    fc.record({ do: fc.constant('increment' as const), code, by: amount }),
    fc.record({ do: fc.constant('deleteAccount' as const), code }),
    fc.record({ do: fc.constant('removeAccount' as const), pick }),
    fc.record({ do: fc.constant('softDelete' as const), code }),
    fc.record({ do: fc.constant('restore' as const), code }),
    fc.record({ do: fc.constant('moveLines' as const), amount: fc.option(amount, { nil: null }) }),
    fc.record({ do: fc.constant('link' as const), code, team }),
    fc.record({ do: fc.constant('unlink' as const), code, team }),
    fc.record({ do: fc.constant('deleteTeam' as const), team }),
    fc.record({ do: fc.constant('upsertSlot' as const), ...slot, holder }),
    fc.record({ do: fc.constant('moveSlot' as const), ...slot, to: fc.nat(3) }),
    fc.record({ do: fc.constant('clearSlots' as const) }),
    tie('savepoint'),
  ),
  savepoint: fc.record({
    do: fc.constant('savepoint' as const),
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    fails: fc.boolean(),
  }),
}));

const unit: fc.Arbitrary<Unit> = fc.record({
  transaction: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  fails: fc.boolean(),
});

/** @param sideBySide how many units run at the same time at most */
export function programs(sideBySide: number, maxGroups = 4): fc.Arbitrary<Program> {
  return fc.array(fc.array(unit, { minLength: 1, maxLength: sideBySide }), { minLength: 1, maxLength: maxGroups });
}

class Undo extends Error {}

/** @returns how many transactions were run */
export async function runProgram(manager: EntityManager, program: Program): Promise<number> {
  let transactions = 0;
  for (const group of program) {
    await Promise.all(group.map((one) => runUnit(manager, one)));
    transactions += group.length;
  }
  return transactions;
}

async function runUnit(manager: EntityManager, { transaction, steps, fails }: Unit): Promise<void> {
  if (!transaction) {
    for (const one of steps) await runStep(manager, one).catch(ignoreDatabaseErrors);
    return;
  }
  await manager
    .transaction(async (inner) => {
      // In a savepoint each, so that a step that fails does not end the others.
      for (const one of steps) await inner.transaction((own) => runStep(own, one)).catch(ignoreDatabaseErrors);
      if (fails) throw new Undo();
    })
    .catch(ignoreDatabaseErrors);
}

/** Duplicates, deadlocks and rolled-back units belong to the game. */
function ignoreDatabaseErrors(error: unknown): void {
  const { name } = error as Error;
  if (error instanceof Undo || /^(QueryFailedError|TransactionNotStartedError|TypeORMError)$/.test(name)) return;
  throw error;
}

async function runStep(manager: EntityManager, step: Step): Promise<unknown> {
  const nth = async (n: number) => {
    const all = await manager.find(Account, { order: { id: 'ASC' }, relations: { lines: true } });
    return all.length > 0 ? all[n % all.length] : undefined;
  };
  switch (step.do) {
    case 'saveAccount': {
      const lines = Array.from({ length: step.lines }, (_, n) => manager.create(Line, { text: `l${n}`, amount: n }));
      return manager.save(manager.create(Account, { code: step.code, balance: step.balance, meta: step.meta, lines }));
    }
    case 'editAccount': {
      const account = await nth(step.pick);
      if (!account) return;
      account.balance = step.balance;
      account.meta = step.meta;
      account.lines = account.lines.slice(1);
      return manager.save(account);
    }
    case 'editAll': {
      const accounts = await manager.find(Account);
      for (const account of accounts) account.balance += step.by;
      return manager.save(accounts);
    }
    case 'insertAccounts':
      return manager.insert(
        Account,
        step.codes.map((one) => ({ code: one })),
      );
    case 'upsertAccounts':
      return manager.upsert(
        Account,
        step.codes.map((one) => ({ code: one, balance: step.balance })),
        ['code'],
      );
    case 'ignoreAccounts':
      return manager
        .createQueryBuilder()
        .insert()
        .into(Account)
        .values(step.codes.map((one) => ({ code: one, balance: 1 })))
        .orIgnore()
        .updateEntity(false)
        .execute();
    case 'updateWhere':
      return manager
        .createQueryBuilder()
        .update(Account)
        .set({ ratio: step.ratio, balance: () => 'balance + 1' })
        .where('balance < :below', { below: step.below })
        .execute();
    case 'increment':
      return manager.increment(Account, { code: step.code }, 'balance', step.by);
    case 'deleteAccount':
      return manager.delete(Account, { code: step.code });
    case 'removeAccount': {
      const account = await nth(step.pick);
      return account && manager.remove(account);
    }
    case 'softDelete':
      return manager.softDelete(Account, { code: step.code });
    case 'restore':
      return manager.restore(Account, { code: step.code });
    case 'moveLines':
      return manager
        .createQueryBuilder()
        .update(Line)
        .set({ amount: step.amount, team: null })
        .where('amount IS NOT NULL')
        .execute();
    case 'link':
    case 'unlink': {
      await manager.upsert(Team, { code: step.team }, ['code']);
      const account = await manager.findOneBy(Account, { code: step.code });
      if (!account) return;
      const relation = manager.createQueryBuilder().relation(Account, 'teams').of(account.id);
      await manager.update(Line, { account: { id: account.id } }, { team: { code: step.team } });
      return step.do === 'link' ? relation.add(step.team) : relation.remove(step.team);
    }
    case 'deleteTeam':
      return manager.delete(Team, { code: step.team });
    case 'upsertSlot':
      return manager.upsert(Slot, { room: step.room, hour: step.hour, holder: step.holder }, ['room', 'hour']);
    case 'moveSlot':
      return manager.update(Slot, { room: step.room, hour: step.hour }, { hour: step.to });
    case 'clearSlots':
      return manager.createQueryBuilder().delete().from(Slot).execute();
    case 'savepoint':
      return manager.transaction(async (inner) => {
        for (const one of step.steps) await inner.transaction((own) => runStep(own, one)).catch(ignoreDatabaseErrors);
        if (step.fails) throw new Undo();
      });
  }
}
