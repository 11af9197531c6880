/** Counting and cleaning what people type, by the server's own rules. */

/**
 * Unicode code points, as the server counts them (not UTF-16 units: an emoji outside the basic plane is one).
 * @param {string} text
 * @returns {number}
 */
export function countCodePoints(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * The text as the server will store it: control characters other than newline and tab removed, line ends unified,
 * lone surrogates replaced (JSON could not carry them), trimmed.
 * @param {string} text
 * @returns {string}
 */
export function cleanMessage(text) {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}]/gu, (character) => (character === '\n' || character === '\t' ? character : ''))
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .trim();
}

/**
 * The letter or two of an avatar: first letters of the first two words, or the first letter.
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
  const words = name.split(/[\s_.-]+/u).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '');
  return (letters.join('') || [...name][0] || '?').toLocaleUpperCase();
}

/** Number of avatar colours in `tokens.css`. */
const COLOURS = 12;

/**
 * Which of the 12 avatar colours belongs to an id. FNV-1a: neighbours in time get unlike colours.
 * @param {string} id
 * @returns {number} 0 to 11
 */
export function colourIndex(id) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % COLOURS;
}

/**
 * Whether a host is the very machine that names it.
 * @param {string} hostname as a URL has it
 */
export function isLoopback(hostname) {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
