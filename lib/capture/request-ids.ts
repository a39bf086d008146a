import { randomFillSync } from 'node:crypto';
import { newUuid } from '../event/uuid.js';

const ID_BYTES = 16;
const IDS_PER_POOL = 256;

/** New request ids (UUIDv7). Random bytes are drawn for many ids at once: one call costs more than an id. */
export class RequestIds {
  private readonly pool = new Uint8Array(ID_BYTES * IDS_PER_POOL);
  private next = this.pool.length;

  make(): string {
    if (this.next === this.pool.length) {
      randomFillSync(this.pool);
      this.next = 0;
    }
    const random = this.pool.subarray(this.next, (this.next += ID_BYTES));
    return newUuid(random);
  }
}
