import {
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
} from 'class-validator';
import { showUrl } from './option-display.js';
import { factsOf } from './option-spec.js';
import type { OptionSpec } from './option-spec.js';
import { isRecord } from './safe-read.js';
import { readFlag, readList, readMap, readPem, readWholeNumber } from './text-values.js';

/**
 * Timers take at most 2^31−1 ms (24 days); Node runs a longer one at once.
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
const LONGEST_TIMER_MS = 2_147_483_647;
const LONGEST_TEXT = 4096;

type Facts = Omit<OptionSpec, 'name'>;

/** Registers what is known of an option and applies its class-validator decorators. For kinds that are not here. */
export function option(facts: Facts, ...validators: PropertyDecorator[]): PropertyDecorator {
  return (target, key) => {
    factsOf(target.constructor).options.set(String(key), { ...facts, name: String(key) });
    for (const validator of validators) validator(target, key);
    (facts.required ? IsDefined() : IsOptional())(target, key);
  };
}

/** A whole number, both limits included. */
export function WholeNumber(limits: { min: number; max?: number; unit?: string }): PropertyDecorator {
  const max = limits.max ?? Number.MAX_SAFE_INTEGER;
  const range = `${limits.min}${limits.max === undefined ? '' : ` to ${limits.max}`}`;
  const allowed = `a whole number${limits.unit === undefined ? '' : ` of ${limits.unit}`} from ${range}`;
  return option({ shape: 'value', allowed, fromText: readWholeNumber }, IsInt(), Min(limits.min), Max(max));
}

/** A time span for a timer, in milliseconds. */
export function Milliseconds(limits: { min: number }): PropertyDecorator {
  return WholeNumber({ min: limits.min, max: LONGEST_TIMER_MS, unit: 'milliseconds' });
}

export function Flag(): PropertyDecorator {
  return option({ shape: 'value', allowed: 'true or false', fromText: readFlag }, IsBoolean());
}

/** Text that is not empty. */
export function Text(
  facts: { allowed?: string; matches?: RegExp; maxLength?: number } & Pick<Facts, 'required' | 'normalize'> = {},
): PropertyDecorator {
  const { matches, maxLength = LONGEST_TEXT, allowed = 'a text that is not empty', ...rest } = facts;
  return option({ shape: 'value', allowed, fromText: asIs, ...rest }, ...textValidators(matches, maxLength));
}

/** Key material, passwords, tokens: never shown. Text, or with `binary` a Buffer as well. */
export function Secret(facts: { allowed: string; binary?: boolean } & Pick<Facts, 'required'>): PropertyDecorator {
  const { binary, allowed, required } = facts;
  const valid = (value: unknown): boolean =>
    (typeof value === 'string' && value !== '') || (binary === true && value instanceof Uint8Array && value.length > 0);
  return option({ shape: 'value', allowed, secret: true, required, fromText: readPem }, satisfies('isSecret', valid));
}

/** A connection URL; shown without what may be secret in it. */
export function Url(facts: { protocols: readonly string[]; show?: (text: string) => string }): PropertyDecorator {
  const { protocols, show = showUrl } = facts;
  const allowed = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(', ')}`;
  const valid = (value: unknown): boolean =>
    typeof value === 'string' && URL.canParse(value) && protocols.includes(new URL(value).protocol);
  return option({ shape: 'value', allowed, fromText: asIs, show }, satisfies('isConnectionUrl', valid));
}

/** One of some words, or with `orFunction` a function. */
export function Choice(
  words: readonly string[],
  facts: { orFunction?: string } & Pick<Facts, 'required'> = {},
): PropertyDecorator {
  const { orFunction, required } = facts;
  const allowed = `${listWords(words)}${orFunction === undefined ? '' : `, or ${orFunction}`}`;
  const common: Facts = { shape: 'value', allowed, required, choices: words, fromText: asIs };
  if (orFunction === undefined) return option(common, IsIn(words));
  const valid = (value: unknown): boolean => typeof value === 'function' || words.includes(value as string);
  return option(common, satisfies('isWordOrFunction', valid));
}

/** A list of texts; `of` limits it to some words. */
export function TextList(
  facts: { allowed: string; of?: readonly string[]; matches?: RegExp } & Pick<
    Facts,
    'required' | 'merge' | 'normalize'
  >,
): PropertyDecorator {
  const { of, matches, merge = 'add', ...rest } = facts;
  const items = of === undefined ? textValidators(matches, LONGEST_TEXT, true) : [IsIn(of, { each: true })];
  return option({ shape: 'list', choices: of, merge, fromText: readList, ...rest }, IsArray(), ...items);
}

/** A list of objects that are used as they are: sinks, rules, … */
export function ObjectList(facts: { allowed: string; valid: (item: object) => boolean }): PropertyDecorator {
  const valid = (list: unknown): boolean =>
    Array.isArray(list) &&
    list.every((item) => typeof item === 'object' && item !== null && facts.valid(item as object));
  return option({ shape: 'list', merge: 'add', allowed: facts.allowed }, satisfies('isObjectList', valid));
}

/** Texts by name; `of` limits the texts to some words. */
export function TextMap(
  facts: { allowed: string; of?: readonly string[] } & Pick<Facts, 'normalize'>,
): PropertyDecorator {
  const { of, ...rest } = facts;
  const isItem = (text: unknown): boolean => typeof text === 'string' && text !== '' && (of?.includes(text) ?? true);
  const valid = (value: unknown): boolean =>
    isRecord(value) && Object.entries(value).every(([name, text]) => name !== '' && isItem(text));
  return option({ shape: 'map', merge: 'add', fromText: readMap, ...rest }, satisfies('isTextMap', valid));
}

/** A function of the application. It is never called while options are resolved. */
export function Callback(allowed: string): PropertyDecorator {
  return option(
    { shape: 'value', allowed },
    satisfies('isFunction', (value) => typeof value === 'function'),
  );
}

/** An object of the application that is used as it is: a signer, a sink, … */
export function Instance(facts: {
  allowed: string;
  valid: (value: object) => boolean;
  secret?: boolean;
}): PropertyDecorator {
  const valid = (value: unknown): boolean => typeof value === 'object' && value !== null && facts.valid(value);
  return option({ shape: 'value', allowed: facts.allowed, secret: facts.secret }, satisfies('isInstance', valid));
}

/** A class-validator decorator of a predicate; one that throws says no. */
export function satisfies(name: string, valid: (value: unknown) => boolean): PropertyDecorator {
  const validate = (value: unknown): boolean => {
    try {
      return valid(value);
    } catch {
      return false; // a getter or a proxy that throws
    }
  };
  return ValidateBy({ name, validator: { validate } });
}

function textValidators(matches: RegExp | undefined, maxLength: number, each = false): PropertyDecorator[] {
  const validators = [IsString({ each }), MinLength(1, { each }), MaxLength(maxLength, { each })];
  return matches === undefined ? validators : [...validators, Matches(matches, { each })];
}

function asIs(text: string): string {
  return text;
}

function listWords(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
