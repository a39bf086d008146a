import type { SectionText } from '../../event/sealable-event.js';
import { chainHash } from './chain-hash.js';
import { drawSalt } from './salt-pool.js';

export interface CommittedSections {
  /** Goes into the record: `{"client":{"bytes":91,"commitment":"…"}}`. */
  readonly commitments: string;
  /** Goes into the column beside it: `{"client":{"salt":"…","value":{…}}}`. */
  readonly stored: string;
}

/** Commits to sections: SHA-256(salt ‖ JCS(section)), the salt as 32 hex characters, kept with the section. */
export function commitSections(sections: readonly SectionText[]): CommittedSections | null {
  if (sections.length === 0) return null;
  let commitments = '';
  let stored = '';
  for (const { name, json } of sections) {
    const salt = drawSalt();
    const comma = commitments === '' ? '' : ',';
    commitments += `${comma}"${name}":{"bytes":${Buffer.byteLength(json)},"commitment":"${sectionCommitment(salt, json)}"}`;
    stored += `${comma}"${name}":{"salt":"${salt}","value":${json}}`;
  }
  return { commitments: `{${commitments}}`, stored: `{${stored}}` };
}

/** `printf %s "$salt$section" | sha256sum` prints the same. */
export function sectionCommitment(salt: string, json: string): string {
  return chainHash('sha256', salt + json);
}
