import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseProofFile } from '../../lib/verification/proofs/proof-file.js';
import { CompactRange, leafHash } from '../../lib/ledger/merkle/index.js';
import type { StoredEvent } from '../../lib/ledger/ledger-store.port.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { EventProver } from '../../lib/verification/checkpoints/event-prover.js';
import { cosigner } from '../../lib/verification/notes/note-signer.js';
import { formatPrivateKey, parseTestPrivateKey } from '../../lib/verification/notes/private-key.js';
import { mergeCosignatures } from '../../lib/verification/witness/merge-cosignatures.js';
import { splitNote, formatSignatureLine } from '../../lib/verification/notes/note-format.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import { TileKeeper } from '../../lib/verification/tiles/tile-keeper.js';
import { eventWith } from '../support/log-writer.js';
import { publisherOf } from '../support/publisher.js';
import { SignedLog } from '../support/signed-log.js';
import { LOG, WITNESS } from '../unit/verification/vectors/keys.js';
import { CHECKPOINT_NOTE, LOG_SIGNATURE_SIZE_0, LOG_SIGNATURE_SIZE_3 } from '../unit/verification/vectors/notes.js';
import { REFERENCE_LEAVES } from '../unit/verification/vectors/reference-tree.js';
import { STORAGES } from './storages.js';
import type { Place } from './storages.js';

/** Puts records as they are into the log. */
async function append({ ledger }: AuditStorage, records: readonly string[]): Promise<void> {
  const head = await ledger.readHead();
  const range = CompactRange.fromHex(head.size, head.compactRange);
  const { columns } = eventWith('x');
  const rows = records.map((record, n): StoredEvent => {
    const leaf = leafHash(record);
    range.append(leaf);
    const logIndex = head.size + n;
    return {
      ...columns,
      logIndex,
      eventId: `record-${logIndex}`,
      stream: 'main',
      sequence: logIndex,
      record,
      hash: hash('sha256', record),
      leafHash: leaf.toString('hex'),
      signature: null,
      sections: null,
    };
  });
  const after = { ...head, size: range.size, root: range.root().toString('hex'), compactRange: range.toHex() };
  expect(await ledger.append({ before: head, after, rows, streams: [] })).toBe(true);
}

describe.each(STORAGES)('published vectors through store, signer, publisher and prover: $kind', ({ kind, create }) => {
  let place: Place;
  let storage: AuditStorage;
  let log: SignedLog;
  beforeEach(async () => {
    place = await create();
    storage = await place.open();
    log = new SignedLog(storage, [parseTestPrivateKey(formatPrivateKey(LOG.origin, LOG.seed))], LOG.origin);
  });
  afterEach(async () => {
    log.drop();
    await place.drop();
  });

  // The leaves of the vectors are no records, and in no stream.
  const publisherOfVectors = () => {
    const recordCheck = () => ({ follow: () => Promise.resolve() });
    return publisherOf(log, { signer: log.signer({ recordCheck }) }).publisher;
  };

  const leaves = (count: number, from = 0) =>
    REFERENCE_LEAVES.slice(from, count).map((bytes) => bytes.toString('latin1'));
  const lineOf = (note: string) => note.split(' ').at(-1)?.trim();

  // One of its leaves is a zero byte, which PostgreSQL's text does not hold; records never have one.
  const whereTextHoldsZero = kind === 'postgres' ? it.skip : it;

  whereTextHoldsZero('reproduces the end-to-end vector byte for byte', async () => {
    const publisher = publisherOfVectors();
    expect(lineOf((await publisher.publish()).note)).toBe(LOG_SIGNATURE_SIZE_0);
    await append(storage, leaves(3));
    expect(lineOf((await publisher.publish()).note)).toBe(LOG_SIGNATURE_SIZE_3);
    await append(storage, leaves(8, 3));
    const { note } = await publisher.publish();

    const witness = cosigner(WITNESS.name, WITNESS.seed, () => WITNESS.time);
    const { name, keyId } = witness;
    const answer = formatSignatureLine({
      name,
      keyId,
      signature: Buffer.from(witness.sign(Buffer.from(splitNote(note).text))),
    });
    const cosigned = mergeCosignatures(note, answer, [parseVerifierKey(WITNESS.verifierKey)]);
    expect(cosigned).toBe(CHECKPOINT_NOTE);
    expect((await storage.checkpoints.read(8))?.note).toBe(note);
    expect(await readFile(join(log.folder, 'anchor/checkpoints/8'), 'utf8')).toBe(note);

    const prover = new EventProver({ log: storage.ledger, ...storage, verifiers: log.verifiers });
    const proof = await prover.prove('record-5');
    const file = parseProofFile(proof);
    expect(file.proof.map((bytes) => Buffer.from(bytes).toString('base64'))).toEqual([
      'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=',
      'yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=',
      '037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=',
    ]);
    const full = proof.replace(note, cosigned);
    expect([Buffer.byteLength(full), hash('sha256', full)]).toEqual([
      488,
      '264730f84c23cf7e3e0e0599141a055c4178bfa89b873bc2866c6419b4cb87b4',
    ]);
  });

  it('reproduces the checkpoint and the tiles of 300 entries', async () => {
    await append(
      storage,
      Array.from({ length: 300 }, (_, seq) => JSON.stringify({ seq, action: 'user.update' })),
    );
    const { note } = await publisherOfVectors().publish();
    expect(lineOf(note)).toBe(
      'QdBi2I2jlSHtp6umU6khF/uuQj56mA+bNz7ywHz8Wcvzset8OBBa2OTLQwcVCjjJdetVDV2ITaQNWS9VQ67PCj2QpwQ=',
    );
    const keeper = new TileKeeper(storage.ledger, storage.tiles);
    await keeper.catchUp();
    expect(await storage.tiles.count(0)).toBe(1);
    const digests = [
      await keeper.readTile(0, 0, 256),
      await keeper.readTile(0, 1, 44),
      await keeper.readTile(1, 0, 1),
    ].map((bytes) => [bytes.length, hash('sha256', bytes)]);
    expect(digests).toEqual([
      [8192, '2bfe925f8402b48d1ec13403a172b00c2053a24330fa0592e41ac0a6bf67c1e7'],
      [1408, '1ddd303b6d1d5038d2e190f22e29a9bc2b793fbdf08e94af1146cab569e20b4c'],
      [32, 'e3bdf6c233d8599cab86d10f8e8ace6ab54ba2f002ee97301d53cf34ffc8503c'],
    ]);
  });
});
