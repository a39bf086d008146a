import { didYouMean } from '../../../lib/config/did-you-mean.js';

const WORDS = ['maxEvents', 'maxBytes', 'maxBatch', 'lingerMs', 'spool', 'url'];

describe('didYouMean', () => {
  it.each([
    ['maxEvent', 'maxEvents'],
    ['max_events', 'maxEvents'],
    ['MAXEVENTS', 'maxEvents'],
    ['maxEvnets', 'maxEvents'],
    ['lingreMs', 'lingerMs'],
    ['spol', 'spool'],
    ['uri', 'url'],
    ['ulr', 'url'],
  ])('%s → %s', (word, meant) => {
    expect(didYouMean(word, WORDS)).toBe(meant);
  });

  it.each(['bananas', '', 'x', 'm'.repeat(1_000_000)])('finds nothing for a word that is like none', (word) => {
    expect(didYouMean(word, WORDS)).toBeUndefined();
  });
});
