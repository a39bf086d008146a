import type { Anchor } from '../verification/anchors/anchor.port.js';
import { Instance, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

const METHODS = ['put', 'sizes', 'read'] as const;

/** A place that keeps checkpoints out of the reach of the database's owner. Either a folder or an object. */
@CheckedBy<AnchorOptions>(({ directory, anchor }, report) => {
  if ((directory === undefined) === (anchor === undefined))
    report.refuse('directory', 'exactly one of directory, anchor');
})
export class AnchorOptions extends OptionSection {
  /** Folder that gets a write-once file for each checkpoint: `checkpoints/<size>`. Nothing in it is ever overwritten. */
  @Text({ allowed: 'a path of a folder' })
  directory?: string;

  /** Keeps checkpoints in any other place. */
  @Instance({
    allowed: 'an object with name, put(size, note), sizes() and read(size)',
    valid: (anchor) => METHODS.every((method) => typeof (anchor as Partial<Anchor>)[method] === 'function'),
  })
  anchor?: Anchor;
}
