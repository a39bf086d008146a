import { readFileSync, writeFileSync } from 'node:fs';
import { AuditOptions } from '../../../lib/config/audit.options.js';
import { walkOptions } from '../../../lib/config/option-spec.js';
import { literal, readDocStrings, renderSection } from '../../support/options-doc.js';

const PAGE = 'docs/options.md';
const BEGIN = '<!-- Generated from lib/config by `npm run docs:options`; edit the docstrings there. -->';
const strings = readDocStrings('lib/config');
const options = [...walkOptions(AuditOptions)].map((option) => ({
  ...option,
  name: `${option.section.name}.${option.spec.name}`,
}));

describe('the documentation of the options', () => {
  it('says in full sentences what each option and each section does', () => {
    const names = options.flatMap(({ name, section }) => [name, section.name]);
    expect(names.filter((name) => !/^[A-Z].*\.$/.test(strings.get(name)?.text ?? ''))).toEqual([]);
  });

  it('tells the default that each option has', () => {
    const wrong = options.filter(({ name, spec, section }) => {
      const preset = (new section() as unknown as Record<string, unknown>)[spec.name];
      const told = strings.get(name)?.preset;
      if (spec.required) return told !== undefined;
      return spec.section === undefined && preset !== undefined && !told?.startsWith(literal(preset));
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it(`stands in ${PAGE} as it is in the classes (npm run docs:options)`, () => {
    const page = readFileSync(PAGE, 'utf8');
    const expected = `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${renderSection(AuditOptions, strings)}`;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  });
});
