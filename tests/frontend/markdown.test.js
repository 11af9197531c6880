import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(new URL('../../frontend/package.json', import.meta.url));
const { parseHTML } = require('linkedom');
globalThis.document = parseHTML('<html></html>').document;
const { isSingleEmoji, plainText, renderMarkdown } = await import('../../frontend/src/lib/markdown.js');

function html(text) {
  const container = document.createElement('div');
  container.append(renderMarkdown(text));
  return container.innerHTML;
}

/** Names of all elements made from `text`. */
function elements(text) {
  const container = document.createElement('div');
  container.append(renderMarkdown(text));
  return [...container.querySelectorAll('*')].map((each) => each.tagName.toLowerCase());
}

test('the subset is shown', () => {
  assert.equal(html('**b** *i* `c<b>` ~~s~~\nnext'), '<p><strong>b</strong> <em>i</em> <code>c&lt;b&gt;</code> <del>s</del><br>next</p>');
  assert.equal(html('- a\n- b'), '<ul><li>a</li><li>b</li></ul>');
  assert.equal(html('3. a\n4. b'), '<ol start="3"><li>a</li><li>b</li></ol>');
  assert.equal(html('> said'), '<blockquote><p>said</p></blockquote>');
  assert.equal(html('```js\nlet a = "<b>";\n```'), '<pre><code class="language-js">let a = "&lt;b&gt;";</code></pre>');
});

test('what lies outside the subset stays as typed', () => {
  for (const text of ['# head', '---', '    indented', 'a | b\n--|--\n1 | 2', '![alt](http://host/x.png)', '&amp;', '[a]: b', 'one\n===']) {
    const made = new Set(elements(text));
    made.delete('p');
    made.delete('br');
    assert.deepEqual([...made], [], text);
  }
  assert.equal(html('&amp;'), '<p>&amp;amp;</p>');
});

test('typed markup never becomes elements', () => {
  const attacks = [
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg/onload=alert(1)>', '<a href="javascript:alert(1)">x</a>',
    '<b onclick=alert(1)>', '`<img src=x onerror=alert(1)>`', '> <iframe src=//x>', '- <style>*{}</style>', '**<script>**', '<!-- -->',
    '```"><script>alert(1)</script>\n```', '[<img src=x>](https://x.org)',
  ];
  const allowed = new Set(['p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'a']);
  for (const text of attacks) assert.deepEqual(elements(text).filter((name) => !allowed.has(name)), [], text);
});

test('links lead only where nothing runs, in a new tab', () => {
  const container = document.createElement('div');
  container.append(renderMarkdown('[x](https://x.org/a?b=1&c=2) https://y.org. a@b.org'));
  const links = [...container.querySelectorAll('a')];
  assert.deepEqual(links.map((link) => link.getAttribute('href')), ['https://x.org/a?b=1&c=2', 'https://y.org/', 'mailto:a@b.org']);
  for (const link of links) {
    assert.equal(link.getAttribute('rel'), 'noopener noreferrer nofollow');
    assert.equal(link.getAttribute('target'), '_blank');
  }
  for (const address of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc', '/relative', '//host', 'blob:x']) {
    assert.deepEqual(elements(`[x](${address})`).filter((name) => name === 'a'), [], address);
    assert.deepEqual(elements(`[x](<${address}>)`).filter((name) => name === 'a'), [], address);
  }
});

test('text made to be slow is shown all the same, soon', () => {
  for (const text of ['>', '[', '*', '`', '> - ', '*a_', '![', '_a ', '<a@'].map((part) => part.repeat(4000 / part.length))) {
    const start = performance.now();
    html(text);
    assert.ok(performance.now() - start < 3000, text.slice(0, 4));
  }
});

test('the words alone make one line', () => {
  assert.equal(plainText('**Look** at\n\n- one\n- two\n\n```js\ncode\n```'), 'Look at one two code');
  assert.equal(plainText('[here](https://x.org) <b>'), 'here <b>');
});

test('one emoji is told from text', () => {
  for (const text of ['👍', '👍🏽', '👨‍👩‍👧', '🇩🇪', '❤️', '1️⃣', ' 😀 ']) assert.ok(isSingleEmoji(text), text);
  for (const text of ['1', 'a', '👍👍', '', '#', '👍 ok']) assert.ok(!isSingleEmoji(text), text);
});
