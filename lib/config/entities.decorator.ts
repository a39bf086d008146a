import { option, satisfies } from './option.decorators.js';
import { isList } from './safe-read.js';
import { readList } from './text-values.js';

/** An entity by its name or its class. */
export type EntityName = string | (abstract new (...args: never[]) => unknown);

const ALL = 'all';

/** A list of entities, or with `orAll` the word `all`. Names can come from the environment, classes can't. */
export function Entities({ orAll = false } = {}): PropertyDecorator {
  const valid = (value: unknown): boolean =>
    (orAll && value === ALL) || (isList(value) && value.every((item) => typeof item === 'function' || isName(item)));
  return option(
    {
      shape: 'list',
      merge: 'add',
      allowed: `${orAll ? "'all', or " : ''}a list of names or classes of entities`,
      fromText: (text) => (orAll && text === ALL ? ALL : readList(text)),
    },
    satisfies('isEntities', valid),
  );
}

function isName(item: unknown): boolean {
  return typeof item === 'string' && item !== '';
}
