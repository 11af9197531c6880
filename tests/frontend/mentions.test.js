/** Mentions: what is being typed, and where people are named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentionAt, splitMentions } from '../../frontend/src/lib/mentions.js';

/** The mention being typed at the end of the text. */
const typed = (text) => mentionAt(text, text.length);

test('a mention is typed after an @ that no letter stands before', () => {
  assert.deepEqual(typed('@'), { start: 0, prefix: '' });
  assert.deepEqual(typed('Ask @Gr'), { start: 4, prefix: 'Gr' });
  assert.deepEqual(typed('(@Zoë'), { start: 1, prefix: 'Zoë' });
  assert.deepEqual(typed('你好 @王'), { start: 3, prefix: '王' });
  for (const text of ['', 'Ask', 'mail@Gr', 'Ask @Gr ', 'Ask @Gr,', `@${'a'.repeat(33)}`]) assert.equal(typed(text), null, text);
});

test('the caret counts, not the end of the text', () => {
  assert.deepEqual(mentionAt('Ask @Grace today', 7), { start: 4, prefix: 'Gr' });
  assert.equal(mentionAt('Ask @Grace today', 13), null);
});

test('code is left alone', () => {
  for (const text of ['`@Gr', 'Run `a` and `@Gr', '```\n@Gr', '```py\nx = 1\n@Gr']) assert.equal(typed(text), null, text);
  assert.deepEqual(typed('Run `a` @Gr'), { start: 8, prefix: 'Gr' });
  assert.deepEqual(typed('```\ncode\n```\n@Gr')?.prefix, 'Gr');
});

/** The text with what names somebody in brackets. */
const marked = (text, ...names) => splitMentions(text, names).map((piece) => (piece.name === undefined ? piece.text : `[${piece.text}]`)).join('');

test('names are marked where they stand', () => {
  assert.equal(marked('Hello @Ada and @Grace!', 'Ada', 'Grace'), 'Hello [@Ada] and [@Grace]!');
  assert.equal(marked('@ada.', 'Ada'), '[@ada].');
  assert.equal(marked('@Ada_B and @Ada', 'Ada', 'Ada_B'), '[@Ada_B] and [@Ada]');
  assert.equal(marked('@王你好', '王'), '[@王]你好');
  assert.equal(marked('nobody @Ada', 'Grace'), 'nobody @Ada');
  assert.equal(marked('mail@Ada @Adam', 'Ada'), 'mail@Ada @Adam');
  assert.equal(marked('', 'Ada'), '');
});

test('nothing of the text is lost', () => {
  for (const text of ['@@Ada@Ada @', 'a@Ada\n@Ada', '@Ada.@Ada-x']) {
    assert.equal(splitMentions(text, ['Ada']).map((piece) => piece.text).join(''), text);
  }
});
