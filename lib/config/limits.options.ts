import { WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';

/** Bounds of an event. Those of single values are in `redaction.limits`. */
export class LimitsOptions extends OptionSection {
  /**
   * UTF-8 bytes of one section of an event (request, response, changes, …). Beyond it the largest members give way to
   * their size and digest; the event itself is never dropped.
   * @default 65536
   */
  @WholeNumber({ min: 1_024, max: 16_777_216, unit: 'bytes' })
  sectionBytes = 65_536;
}
