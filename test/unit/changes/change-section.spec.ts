import { ChangeSectionWriter } from '../../../lib/changes/events/change-section.js';
import type { RowDifference } from '../../../lib/changes/rows/row-diff.js';
import { BytesDigest } from '../../../lib/changes/rows/row-value.js';
import { Redactor } from '../../../lib/redaction/index.js';

const difference = (path: string, old: unknown, now: unknown, masked = false): RowDifference => ({
  column: { masked } as RowDifference['column'],
  path,
  ...(old === undefined ? {} : { old }),
  ...(now === undefined ? {} : { new: now }),
});
const written = (differences: RowDifference[], writer = new ChangeSectionWriter(new Redactor())) =>
  JSON.parse(writer.write(differences).text) as { path: string; old?: unknown; new?: unknown }[];

describe('ChangeSectionWriter', () => {
  it('judges a value by the name of its column or member, also inside JSON', () => {
    const changes = written([
      difference('apiKey', 'SECRET1', 'SECRET2'),
      difference('settings.password', undefined, 'SECRET3'),
      difference('settings', { token: 'SECRET4', fine: 1 }, null),
      difference('credentials.user', 'SECRET5', 'SECRET6'),
      difference('className', 'a', 'b'),
    ]);
    expect(JSON.stringify(changes).includes('SECRET')).toBe(false);
    expect(changes[2]).toMatchObject({ path: 'settings', old: { fine: 1 }, new: null });
    expect(changes[4]).toEqual({ path: 'className', old: 'a', new: 'b' });
  });

  it('judges a value by its shape', () => {
    const [{ new: now }] = written([difference('note', 'x', 'card 4111 1111 1111 1111')]);
    expect(String(now).includes('4111 1111 1111 1111')).toBe(false);
  });

  it('obeys path rules', () => {
    const redactor = new Redactor({ paths: [{ path: 'changes.diagnosis' }, { path: 'changes.data.*.name' }] });
    const changes = written(
      [difference('diagnosis', 'flu', null), difference('data.a.name', 'x', 'y'), difference('data.a.age', 1, 2)],
      new ChangeSectionWriter(redactor),
    );
    expect(changes[0].old).not.toBe('flu');
    expect(changes[1].new).not.toBe('y');
    expect(changes[2]).toEqual({ path: 'data.a.age', old: 1, new: 2 });
  });

  it('masks a column but for the fact that it is null', () => {
    expect(written([difference('notes', null, 'x', true), difference('notes', 'x', null, true)])).toEqual([
      { path: 'notes', old: null, new: { $redacted: 'column' } },
      { path: 'notes', old: { $redacted: 'column' }, new: null },
    ]);
  });

  it('lets nobody forge a mark or a digest', () => {
    const [{ path, new: now }] = written([difference('data', undefined, { $redacted: 'x', $bytes: 1 })]);
    expect([path, now]).toEqual(['data', { $$redacted: 'x', $$bytes: 1 }]);
    expect(written([difference('data.$redacted', undefined, 1)])[0].path).toBe('data.$$redacted');
    expect(written([difference('data.$a.$b', undefined, 1)])[0].path).toBe('data.$$a.$$b');
    // One name, `.$` or `\.$`, that does not begin with a dollar.
    for (const path of ['data.\\.$', 'data.\\\\\\.$'])
      expect(written([difference(path, undefined, 1)])[0].path).toBe(path);
    expect(written([difference('data.\\\\.$', undefined, 1)])[0].path).toBe('data.\\\\.$$');
    expect(written([difference('file', undefined, new BytesDigest(3, 'ab'))])[0].new).toEqual({
      $bytes: 3,
      sha256: 'ab',
    });
  });

  it('survives names and values that are no sound text', () => {
    const changes = written([difference('data.\ud800\u0000', 'a\ud800', '\u0000'), difference('data.', 1, 2)]);
    expect(changes).toHaveLength(2);
  });

  it('lets the largest values give way until the section fits', () => {
    const writer = new ChangeSectionWriter(new Redactor(), 1_000);
    const { text, flags } = writer.write([difference('a', 'x'.repeat(3_000), 'y'), difference('b', 1, 2)]);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000);
    expect(flags).toContain('truncated');
    const [a, b] = JSON.parse(text) as { old: unknown; new: unknown }[];
    expect(a).toMatchObject({ old: { truncated: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }, new: 'y' });
    expect(b).toMatchObject({ old: 1, new: 2 });
  });
});
