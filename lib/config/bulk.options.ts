import { WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';

/** How writes to many rows at once are recorded. */
export class BulkOptions extends OptionSection {
  /**
   * Rows of one statement that are recorded one by one. Beyond it the statement becomes one summary event. It never
   * limits what the application writes.
   * @default 1000
   */
  @WholeNumber({ min: 0, max: 1_000_000 })
  maxRows = 1_000;
}
