/** What a section's check may say; options are named relative to the section. */
export interface SectionReport {
  /**
   * The option, as it stands among the others, is wrong.
   * @param option name in the section, e.g. `url`; dotted for a nested one
   * @param allowed what it should be and why: "a connection URL, because storage.type is 'postgres'"
   */
  refuse(option: string, allowed: string): void;
  /** The option is accepted, but should not stay so. */
  warn(option: string, text: string): void;
}
