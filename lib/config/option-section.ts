declare const requiredKeys: unique symbol;

/**
 * Base of every class of options. Field initialisers are the defaults, `name?:` is an option without one, and the
 * type parameter names the options that must be given.
 */
export abstract class OptionSection<Required extends string = never> {
  declare protected readonly [requiredKeys]?: Required;
}

/** A class of options that can be made with its defaults. */
export type SectionClass<Section extends OptionSection<string> = OptionSection<string>> = new () => Section;

type RequiredKeys<Section> = Section extends OptionSection<infer Keys> ? (string extends Keys ? never : Keys) : never;

/** What an application may write for a class of options: everything with a default may be left out. */
export type OptionsInput<Value> =
  Value extends OptionSection<string>
    ? { readonly [Key in keyof Value as Key extends RequiredKeys<Value> ? never : Key]?: OptionsInput<Value[Key]> } & {
        readonly [Key in keyof Value as Key extends RequiredKeys<Value> ? Key : never]: OptionsInput<Value[Key]>;
      }
    : Value extends readonly (infer Item)[]
      ? readonly OptionsInput<Item>[]
      : Value;

/** A class of options after defaults, environment and options are one: complete and read-only. */
export type Resolved<Value> =
  Value extends OptionSection<string>
    ? { readonly [Key in keyof Value]: Resolved<Value[Key]> }
    : Value extends readonly (infer Item)[]
      ? readonly Resolved<Item>[]
      : Value;
