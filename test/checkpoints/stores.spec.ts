import { STORAGES } from './storages.js';
import { describeStores } from './stores.suite.js';

describe.each(STORAGES)('stores of checkpoints and tiles: $kind', describeStores);
