import type { Finding } from '../verifier/finding.interface.js';
import { LogTree, UNIT_SIZE } from '../verifier/log-tree.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';
import type { ClaimSource } from './claim-source.js';
import { countUnits, UnitPass } from './unit-pass.js';
import type { UnitPassOptions } from './unit-pass.js';
import type { VerifiedPrefix, VerifierState } from './verifier-state.js';

export interface RollingPassOptions {
  readonly claims: ClaimSource | null;
  readonly unit: UnitPassOptions;
}

/** Reads old records again: a share of all units in turn, and those in which a new claim ends that is not known to hold. */
export class RollingPass {
  constructor(private readonly options: RollingPassOptions) {}

  /**
   * @param rolling in how many runs all units are read once; 0 reads none of them
   * @returns what is wrong with whole units, and the unit to go on with
   */
  async run(state: VerifierState, rolling: number): Promise<{ findings: Finding[]; nextUnit: number }> {
    const { verified } = this.options.unit;
    const count = countUnits(verified.size);
    const share = rolling > 0 ? Math.ceil(count / rolling) : 0;
    const first = count > 0 ? state.nextUnit % count : 0;
    const due = new Set(Array.from({ length: share }, (_, n) => (first + n) % count));
    const claims = await this.newClaims(state.checkpoint?.size ?? 0, verified);
    for (const { size } of claims) due.add(unitOf(size));

    const findings: Finding[] = [];
    const pass = new UnitPass(this.options.unit);
    for (const unit of [...due].sort((a, b) => a - b)) {
      const from = unit * UNIT_SIZE;
      const within = (await this.options.claims?.between(from, Math.min(from + UNIT_SIZE, verified.size))) ?? [];
      const finding = await pass.run(unit, within);
      if (finding) findings.push(finding);
    }
    return { findings, nextUnit: count > 0 ? (first + share) % count : 0 };
  }

  /** Claims that turned up late. Those at sizes whose root is remembered are compared at once. */
  private async newClaims(after: number, verified: VerifiedPrefix): Promise<CheckpointClaim[]> {
    const claims = (await this.options.claims?.between(after, verified.size)) ?? [];
    return claims.filter((claim) => {
      const root = rememberedRoot(verified, claim.size);
      if (root !== null) this.options.unit.comparison.compare([claim], root);
      return root === null;
    });
  }
}

function unitOf(size: number): number {
  return Math.floor((size - 1) / UNIT_SIZE);
}

function rememberedRoot({ size, root, units }: VerifiedPrefix, at: number): string | null {
  if (at === size) return root;
  if (at % UNIT_SIZE !== 0) return null;
  const before = units.slice(0, at / UNIT_SIZE).map((unit) => Buffer.from(unit, 'hex'));
  return LogTree.restore(at, before, []).root();
}
