import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { environmentName, isFromEnvironment } from '../../lib/config/option-environment.js';
import type { SectionClass } from '../../lib/config/option-section.js';
import { optionsOf } from '../../lib/config/option-spec.js';
import type { OptionSpec } from '../../lib/config/option-spec.js';

/** The docstring of an option or of a class of options. */
export interface DocString {
  /** What stands before the tags, on one line. */
  readonly text: string;
  /** What stands behind `@default`. */
  readonly preset?: string;
}

export type DocStrings = ReadonlyMap<string, DocString>;

/** Docstrings of all classes of options in a folder: `HttpOptions` and `HttpOptions.methods`. */
export function readDocStrings(folder: string): DocStrings {
  const strings = new Map<string, DocString>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.options.ts'))) {
    const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022, true);
    for (const statement of source.statements.filter(ts.isClassDeclaration)) {
      const className = statement.name?.text ?? '';
      strings.set(className, docStringOf(statement));
      for (const member of statement.members.filter(ts.isPropertyDeclaration)) {
        strings.set(`${className}.${member.name.getText(source)}`, docStringOf(member));
      }
    }
  }
  return strings;
}

/** A value as it would be written in code. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Chapters for a class of options and all that are nested in it, as Markdown. */
export function renderSection(section: SectionClass, strings: DocStrings, path = ''): string {
  const specs = optionsOf(section);
  const own = specs.filter((spec) => spec.section === undefined);
  const title = path === '' ? '## Top level' : `## ${path}`;
  const table = own.map((spec) => renderRow(section, spec, strings, path));
  const nested = specs
    .filter((spec) => spec.section !== undefined)
    .map((spec) => {
      const place = (path === '' ? spec.name : `${path}.${spec.name}`) + (spec.shape === 'sections' ? '[]' : '');
      return renderSection(spec.section!(), strings, place);
    });
  const intro = strings.get(section.name)?.text ?? '';
  const head = ['| option | default | what it does |', '| --- | --- | --- |'];
  return [[title, '', intro, '', ...(own.length === 0 ? [] : [...head, ...table, ''])].join('\n'), ...nested].join(
    '\n',
  );
}

function renderRow(section: SectionClass, spec: OptionSpec, strings: DocStrings, path: string): string {
  const place = path === '' ? spec.name : `${path}.${spec.name}`;
  const doc = strings.get(`${section.name}.${spec.name}`);
  const variable = isFromEnvironment({ path: place, spec, section })
    ? `<br>\`${environmentName(place)}\``
    : '<br>in code only';
  const preset = spec.required ? 'required' : (doc?.preset ?? 'none');
  const cells = [`\`${spec.name}\`${variable}`, preset, `${doc?.text} *Allowed: ${spec.allowed}.*`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function docStringOf(node: ts.Node): DocString {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(comment?.comment) ?? '';
  const tag = comment?.tags?.find(({ tagName }) => tagName.text === 'default');
  const preset = tag === undefined ? undefined : ts.getTextOfJSDocComment(tag.comment);
  return { text: oneLine(text), ...(preset === undefined ? {} : { preset: oneLine(preset) }) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
