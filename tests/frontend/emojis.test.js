/** Emojis: found by words, in a tone of skin, the latest first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frequentEmojis, joinTables, searchEmojis, withTone, withUsed } from '../../frontend/src/lib/emojis.js';

const GROUPS = joinTables(
  [
    { slug: 'animals', emojis: [{ emoji: '🐈', name: 'cat' }, { emoji: '🐛', name: 'bug' }] },
    { slug: 'people', emojis: [{ emoji: '👋', name: 'waving hand', skin_tone_support: true }, { emoji: '😸', name: 'grinning cat' }] },
  ],
  { '🐛': ['bug', 'caterpillar', 'animal_nature'], '👋': ['waving_hand', 'hello'] },
);
const found = (query) => searchEmojis(GROUPS, query).map(({ emoji }) => emoji).join('');

test('an emoji is found by the beginnings of its words, its name before its keywords', () => {
  assert.equal(found('cat'), '🐈🐛😸');
  assert.equal(found('grin CAT'), '😸');
  assert.equal(found('hello'), '👋');
  assert.equal(found('nature'), '🐛');
  assert.equal(found('aterpillar'), '');
});

test('a tone stands after each person, and only where there are tones', () => {
  const tone = (emoji, number, hasTones = true) => withTone({ emoji, name: '', words: '', hasTones }, number);
  assert.equal(tone('👋', 0), '👋');
  assert.equal(tone('👋', 1), '👋🏻');
  assert.equal(tone('🖐️', 5), '🖐🏿');
  assert.equal(tone('👩‍🚀', 3), '👩🏽‍🚀');
  assert.equal(tone('🤝', 3), '🤝🏽');
  assert.equal(tone('🧑‍🤝‍🧑', 3), '🧑🏽‍🤝‍🧑🏽');
  assert.equal(tone('🏂', 3, false), '🏂');
});

test('what one has chosen comes first, each once', () => {
  const used = withUsed(withUsed(withUsed(null, '🐈'), '👍'), '🐈');
  assert.equal(used, '🐈 👍');
  assert.deepEqual(frequentEmojis(used, 3), ['🐈', '👍', '❤️']);
  assert.equal(frequentEmojis(null, 8).length, 8);
  assert.deepEqual(frequentEmojis(true, 1), ['👍']);
});
