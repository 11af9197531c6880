/**
 * Messages as Markdown: bold, italic, strikethrough, code, fenced code, lists, quotes and links.
 *
 * The library only reads the text into tokens; the elements are made here, one by one, from a closed list. No HTML
 * text is ever parsed, so what people type cannot become markup: this file is the one sanitiser. Everything outside
 * the subset (headings, tables, rules, raw HTML, pictures) stays as it was typed.
 */
import { Marked } from 'marked';
import { splitMentions } from './mentions.js';

/** @typedef {import('marked').Token} Token */
/** Who a message mentions: names, and which of them is the reader's own. @typedef {{names: readonly string[], own?: string | undefined}} Mentioned */

/** Nesting beyond this is shown as typed; a message of only ">" would else be thousands of elements deep. */
const MAX_DEPTH = 16;
/** UTF-16 units; longer text is shown as typed. */
const MAX_LENGTH = 20_000;
const LINK_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

const off = () => undefined;
const reader = new Marked({ gfm: true, breaks: true }).use({
  tokenizer: { heading: off, lheading: off, hr: off, html: off, table: off, def: off, code: off, tag: off, reflink: off },
});

/** Elements that only wrap their children. @type {Record<string, string>} */
const WRAPPERS = { paragraph: 'p', blockquote: 'blockquote', strong: 'strong', em: 'em', del: 'del' };

/**
 * @param {string} text as typed
 * @param {Mentioned} [mentioned]
 * @returns {DocumentFragment}
 */
export function renderMarkdown(text, mentioned = { names: [] }) {
  const fragment = document.createDocumentFragment();
  fragment.append(...renderAll(read(text), { depth: 0, mentioned }));
  return fragment;
}

/**
 * The words alone, in one line, for a notification or a screen reader.
 * @param {string} text as typed
 * @returns {string}
 */
export function plainText(text) {
  return words(read(text), 0).replace(/\s+/g, ' ').trim();
}

/**
 * Whether the text is one emoji and nothing else (shown large). Sequences with skin tones, joiners and flags are one.
 * @param {string} text
 */
export function isSingleEmoji(text) {
  const part = '(?:\\p{Emoji_Presentation}|\\p{Extended_Pictographic}\\uFE0F?)\\p{Emoji_Modifier}?';
  const flag = '\\p{Regional_Indicator}{2}';
  return new RegExp(`^(?:${flag}|[0-9#*]\\uFE0F\\u20E3|${part}(?:\\u200D${part})*)$`, 'u').test(text.trim());
}

/**
 * @param {string} text
 * @returns {Token[]}
 */
function read(text) {
  const plain = [{ type: 'paragraph', raw: text, text, tokens: [{ type: 'text', raw: text, text }] }];
  if (isTooMuch(text)) return plain;
  try {
    return reader.lexer(text);
  } catch {
    return plain;
  }
}

/**
 * The library recurses for each level of quote or list, and its time can grow with the square of the length
 * (measured: 0.3 s for 4,000 characters of the worst kind).
 * @param {string} text
 */
function isTooMuch(text) {
  return text.length > MAX_LENGTH || /^(?:[ \t]*(?:>|[-*+]|\d+[.)])[ \t]*){17,}/m.test(text);
}

/** Where in the text we are: how deep, and who is mentioned there. @typedef {{depth: number, mentioned: Mentioned}} Place */

/**
 * @param {Token[] | undefined} tokens
 * @param {Place} place
 * @returns {Node[]}
 */
function renderAll(tokens, place) {
  return (tokens ?? []).map((token) => render(token, place));
}

/**
 * @param {Token} token
 * @param {Place} place
 * @returns {Node}
 */
function render(token, place) {
  if (place.depth > MAX_DEPTH) return document.createTextNode(token.raw);
  const wrapper = Object.hasOwn(WRAPPERS, token.type) ? WRAPPERS[token.type] : undefined;
  if (wrapper) return element(wrapper, renderAll(childrenOf(token), below(place)));
  switch (token.type) {
    case 'space': return document.createTextNode('');
    case 'br': return document.createElement('br');
    case 'escape': return document.createTextNode(token['text']);
    case 'codespan': return element('code', [document.createTextNode(token['text'])]);
    case 'code': return fencedCode(/** @type {import('marked').Tokens.Code} */ (token));
    case 'link': return link(/** @type {import('marked').Tokens.Link} */ (token), place);
    case 'list': return list(/** @type {import('marked').Tokens.List} */ (token), place);
    case 'text': return text(/** @type {import('marked').Tokens.Text} */ (token), place);
    default: return document.createTextNode(token.raw);
  }
}

/**
 * @param {Token} token
 * @returns {Token[] | undefined}
 */
function childrenOf(token) {
  return /** @type {{tokens?: Token[]}} */ (token).tokens;
}

/**
 * @param {string} name
 * @param {Node[]} children
 */
function element(name, children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

/**
 * Text of a list item holds tokens of its own; other text is a leaf.
 * @param {import('marked').Tokens.Text} token
 * @param {Place} place
 */
function text(token, place) {
  if (!token.tokens) return leaf(token.text, place);
  const fragment = document.createDocumentFragment();
  fragment.append(...renderAll(token.tokens, below(place)));
  return fragment;
}

/** @param {Place} place @returns {Place} */
function below({ depth, mentioned }) {
  return { depth: depth + 1, mentioned };
}

/**
 * Plain text, in which people's names are marked.
 * @param {string} words
 * @param {Place} place
 */
function leaf(words, { mentioned }) {
  if (mentioned.names.length === 0) return document.createTextNode(words);
  const fragment = document.createDocumentFragment();
  fragment.append(...splitMentions(words, mentioned.names).map((piece) => (piece.name === undefined ? piece.text : mention(piece, mentioned))));
  return fragment;
}

/**
 * @param {{text: string, name?: string}} piece
 * @param {Mentioned} mentioned
 */
function mention({ text: words, name }, { own }) {
  const made = element('span', [document.createTextNode(words)]);
  made.className = name === own ? 'mention is-own' : 'mention';
  return made;
}

/** @param {import('marked').Tokens.Code} token */
function fencedCode(token) {
  const code = element('code', [document.createTextNode(token.text)]);
  const language = /^[\w+#.-]{1,30}/.exec(token.lang ?? '');
  if (language) code.className = `language-${language[0].toLowerCase()}`;
  return element('pre', [code]);
}

/**
 * @param {import('marked').Tokens.Link} token
 * @param {Place} place
 */
function link(token, place) {
  const href = safeAddress(token.href);
  if (href === null) return document.createTextNode(token.raw);
  const anchor = element('a', renderAll(token.tokens, below(place)));
  anchor.setAttribute('href', href);
  anchor.setAttribute('target', '_blank');
  anchor.setAttribute('rel', 'noopener noreferrer nofollow');
  return anchor;
}

/**
 * The address if it is absolute and of a protocol that cannot run anything, else null.
 * @param {string} address
 * @returns {string | null}
 */
function safeAddress(address) {
  try {
    const url = new URL(address);
    return LINK_PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {import('marked').Tokens.List} token
 * @param {Place} place
 */
function list(token, place) {
  const items = token.items.map((item) => element('li', renderAll(item.tokens, below(place))));
  const made = element(token.ordered ? 'ol' : 'ul', items);
  if (token.ordered && token.start !== 1) made.setAttribute('start', String(token.start));
  return made;
}

/**
 * @param {Token[] | undefined} tokens
 * @param {number} depth
 * @returns {string}
 */
function words(tokens, depth) {
  return (tokens ?? []).map((token) => wordsOf(token, depth)).join('');
}

/**
 * @param {Token} token
 * @param {number} depth
 * @returns {string}
 */
function wordsOf(token, depth) {
  if (depth > MAX_DEPTH) return token.raw;
  if (token.type === 'list') {
    return /** @type {import('marked').Tokens.List} */ (token).items.map((item) => words(item.tokens, depth + 1)).join(' ').replace(/^|$/g, ' ');
  }
  if (token.type === 'code') return ` ${token['text']} `;
  if (token.type === 'br' || token.type === 'space') return ' ';
  const children = childrenOf(token);
  const inner = children ? words(children, depth + 1) : /** @type {{text?: string}} */ (token).text ?? token.raw;
  return token.type === 'paragraph' || token.type === 'blockquote' ? `${inner} ` : inner;
}
