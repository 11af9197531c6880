/** Mentions in texts: the one that is being typed, and where people are named. Pure; the server decides who is meant. */

/** What may stand in a name, as the server has it. */
const IN_NAME = '[\\p{L}\\p{M}\\p{N}_.-]';
/** `@` and up to 32 characters (the longest name), with no letter or digit before, up to the caret. */
const TYPED = new RegExp(`(?:^|[^\\p{L}\\p{N}_])@(${IN_NAME}{0,32})$`, 'u');
const PLACE = new RegExp(`@(${IN_NAME}{1,64})`, 'gu');

/**
 * The mention that is being typed before the caret, if it is one and does not stand in code.
 * @param {string} text
 * @param {number} caret UTF-16 units
 * @returns {{start: number, prefix: string} | null} `start` is the place of the `@`
 */
export function mentionAt(text, caret) {
  const before = text.slice(0, caret);
  const prefix = TYPED.exec(before)?.[1];
  if (prefix === undefined || isInCode(before)) return null;
  return { start: caret - prefix.length - 1, prefix };
}

/**
 * The text in pieces; those that name somebody say whom. The longest name that fits counts, as on the server.
 * @param {string} text
 * @param {readonly string[]} names of the people this message mentions
 * @returns {{text: string, name?: string}[]}
 */
export function splitMentions(text, names) {
  const pieces = [];
  let done = 0;
  for (const found of names.length > 0 ? text.matchAll(PLACE) : []) {
    const run = found[1] ?? '';
    const name = isWordBefore(text, found.index) ? undefined : longestName(run, names);
    if (name === undefined) continue;
    const end = found.index + 1 + name.length;
    if (found.index > done) pieces.push({ text: text.slice(done, found.index) });
    pieces.push({ text: text.slice(found.index, end), name });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

/** An odd number of fences, or of backticks in the line, is an open one. @param {string} before */
function isInCode(before) {
  const isFenced = (before.match(/```/g) ?? []).length % 2 === 1;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return isFenced || (line.match(/`/g) ?? []).length % 2 === 1;
}

/**
 * @param {string} text
 * @param {number} index
 */
function isWordBefore(text, index) {
  return index > 0 && /[\p{L}\p{N}_]$/u.test(text.slice(Math.max(0, index - 2), index));
}

/**
 * @param {string} run what stands after the `@`
 * @param {readonly string[]} names
 */
function longestName(run, names) {
  const fitting = names.filter((name) => fold(run.slice(0, name.length)) === fold(name) && mayEnd(run, name.length));
  return fitting.sort((one, other) => other.length - one.length)[0];
}

/** @param {string} text */
function fold(text) {
  return text.normalize('NFKC').toLowerCase();
}

/**
 * Whether a name may end before this place: at punctuation, or in a script that puts no spaces between words.
 * @param {string} run
 * @param {number} end
 */
function mayEnd(run, end) {
  const rest = run.slice(end);
  return rest === '' || /^[._-]/.test(rest) || /^\p{Lo}/u.test(rest) || /\p{Lo}$/u.test(run.slice(0, end));
}
