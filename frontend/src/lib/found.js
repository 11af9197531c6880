/** The piece of a message that shows why it was found, as the message reads. */
import { plainText } from './markdown.js';

/** @typedef {import('../protocol.js').Piece} Piece */

/** Characters of a piece, and how many of them stand before the first that is marked: as many as in the server's. */
const [LONGEST, BEFORE] = [180, 40];

/**
 * The words alone, with what was looked for marked. Where that is in what is not shown, as in the address of a link, the
 * piece stays as the message was typed.
 * @param {string} message as typed
 * @param {readonly Piece[]} snippet of it, as the server cut it
 * @returns {readonly Piece[]}
 */
export function asItReads(message, snippet) {
  const text = plainText(message);
  const marked = [...new Set(snippet.filter(({ mark }) => mark).map((piece) => piece.text.replace(/\s+/g, ' ')))];
  if (text === '' || marked.some((one) => !text.includes(one))) return snippet;
  const first = Math.min(...marked.map((one) => text.indexOf(one)), text.length);
  const begin = marked.length === 0 || first <= BEFORE || text.length <= LONGEST ? 0 : wordFrom(text, first - BEFORE, first);
  const [shown] = /** @type {RegExpExecArray} */ (new RegExp(`^[^]{0,${LONGEST}}`, 'u').exec(text.slice(begin)));
  const pieces = [begin === 0 ? '' : '…', ...split(shown, marked), begin + shown.length < text.length ? '…' : ''];
  return pieces.filter((piece) => piece !== '').map((piece) => (marked.includes(piece) ? { text: piece, mark: true } : { text: piece }));
}

/**
 * @param {string} text
 * @param {string[]} marked
 */
function split(text, marked) {
  if (marked.length === 0) return [text];
  const longestFirst = [...marked].sort((one, other) => other.length - one.length);
  return text.split(new RegExp(`(${longestFirst.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`));
}

/**
 * Where to begin between two places: after the first space, else at the first, in the midst of no character.
 * @param {string} text
 * @param {number} earliest
 * @param {number} latest
 */
function wordFrom(text, earliest, latest) {
  const space = text.slice(earliest, latest).indexOf(' ');
  if (space >= 0) return earliest + space + 1;
  return /[\uDC00-\uDFFF]/.test(text.charAt(earliest)) ? earliest + 1 : earliest;
}
