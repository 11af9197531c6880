/** What is shown of a message that was found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asItReads } from '../../frontend/src/lib/found.js';

/** Pieces as one line, with what is marked between brackets. */
function shown(message, snippet) {
  return asItReads(message, snippet).map(({ text, mark }) => (mark ? `[${text}]` : text)).join('');
}

const mark = (text) => ({ text, mark: true });

test('the marks of Markdown are not shown, and what was looked for is marked', () => {
  assert.equal(shown('a **bold cat** and `code`', [{ text: 'a **bold ' }, mark('cat'), { text: '** and `code`' }]), 'a bold [cat] and code');
  assert.equal(shown('**Cat**, ~~cat~~', [{ text: '**' }, mark('Cat'), { text: '**, ~~' }, mark('cat'), { text: '~~' }]), '[Cat], [cat]');
  assert.equal(shown('- one\n- two', [{ text: '- ' }, mark('one'), { text: '\n- ' }, mark('two')]), '[one] [two]');
  assert.equal(shown('good\n**morning**', [mark('good'), { text: '\n**morning**' }]), '[good] morning');
  assert.equal(shown('a.c abc', [mark('a.c'), { text: ' abc' }]), '[a.c] abc', 'no sign has a meaning');
  assert.equal(shown('> said *by her*', [{ text: '> said *by her*' }]), 'said by her', 'nothing is marked where only filters were given');
});

test('what was found in what is not shown stays as it was typed', () => {
  const link = [{ text: '[the plan](https://example.org/' }, mark('roof'), { text: ')' }];
  assert.equal(shown('[the plan](https://example.org/roof)', link), '[the plan](https://example.org/[roof])');
  assert.equal(shown('ca**ts**', [mark('ca**ts'), { text: '**' }]), '[ca**ts]**');
});

test('a long text is cut around what was looked for, between words and characters', () => {
  const [before, after] = ['**word** '.repeat(60), ' tail'.repeat(60)];
  const pieces = asItReads(`${before}needle${after}`, [{ text: '…' }, mark('needle'), { text: '…' }]);
  assert.deepEqual([pieces[0], pieces[2], pieces.at(-1)], [{ text: '…' }, { text: 'needle', mark: true }, { text: '…' }]);
  assert.match(pieces[1].text, /^(word ){7}$/);
  assert.equal(pieces.slice(1, -1).map(({ text }) => text).join('').length, 180);
  const faces = asItReads(`${'🙂'.repeat(100)}needle${'🙂'.repeat(200)}`, [mark('needle')]);
  for (const { text } of faces) assert.ok(text.isWellFormed());
});
