/**
 * The loaded part of a room's history: messages without gaps, ascending by `seq`, at most `WINDOW` of them.
 *
 * `end` is the last seq up to which nothing is missing. What comes beyond `end + 1` waits in `early` until the gap is
 * closed, by a later event or a fetched page. While `following`, the window belongs at the end of the room, and
 * `end < last_seq` means that something has to be fetched; else it rests where the reader is.
 * Adding what is already there changes nothing, in whatever order and however often it comes.
 */

/** @typedef {import('../protocol.js').Message} Message */
/** @typedef {import('../types.js').MessagesChange} Change */

/**
 * @typedef {object} Window
 * @property {Message[]} messages
 * @property {number} end
 * @property {number} first_seq oldest the server has
 * @property {number} last_seq newest the server has
 * @property {boolean} following
 * @property {boolean} loaded
 * @property {Map<number, Message>} early
 */

/** Messages kept per room. */
export const WINDOW = 400;
/** How far a followed window may grow before it is cut back to `WINDOW`: cutting at each message would be waste. */
export const WINDOW_SLACK = 200;
/** A gap larger than this is not filled; the window starts anew at the end. */
export const FILL_LIMIT = 500;

/** @returns {Window} */
export function emptyWindow() {
  return { messages: [], end: 0, first_seq: 1, last_seq: 0, following: true, loaded: false, early: new Map() };
}

/** @param {Window} window */
export function hasGap(window) {
  return window.loaded && window.following && window.end < window.last_seq;
}

/** @param {Window} window */
export function hasMoreBefore({ messages, first_seq }) {
  return messages.length > 0 && /** @type {Message} */ (messages[0]).seq > first_seq;
}

/**
 * A message by itself: live, or from an ack.
 * @param {Window} window
 * @param {Message} message
 * @returns {Change | null}
 */
export function addMessage(window, message) {
  window.last_seq = Math.max(window.last_seq, message.seq);
  if (!window.loaded || !window.following || message.seq <= window.end) return null;
  if (window.early.size < FILL_LIMIT) window.early.set(message.seq, message);
  return takeEarly(window) ? 'newer' : null;
}

/**
 * The newest page, as it comes with joining.
 * @param {Window} window
 * @param {{messages: Message[] | null, first_seq: number, last_seq: number}} joined null: another page will be fetched
 * @returns {Change | null}
 */
export function addJoined(window, { messages, first_seq, last_seq }) {
  window.first_seq = Math.max(window.first_seq, first_seq);
  window.last_seq = Math.max(window.last_seq, last_seq);
  if (!messages) return null;
  const oldest = messages[0]?.seq ?? last_seq + 1;
  const missing = oldest - window.end - 1;
  if (!window.loaded || (window.following && missing > FILL_LIMIT)) return replace(window, messages, last_seq, true);
  if (missing > 0) return null;
  if (!append(window, messages)) return null;
  window.following = true;
  return 'newer';
}

/**
 * A fetched page next to the window.
 * @param {Window} window
 * @param {{messages: Message[], has_more_before: boolean, has_more_after: boolean}} page
 * @param {'older' | 'newer' | 'replace'} place
 * @returns {Change | null}
 */
export function addPage(window, page, place) {
  if (place === 'replace') return replace(window, page.messages, window.last_seq, !page.has_more_after);
  return place === 'older' ? addOlder(window, page) : addNewer(window, page);
}

/**
 * The server has removed everything before `before_seq`.
 * @param {Window} window
 * @param {number} before_seq
 * @returns {Change | null} null also when nothing of the window went
 */
export function trim(window, before_seq) {
  window.first_seq = Math.max(window.first_seq, before_seq);
  if (window.loaded) window.end = Math.max(window.end, before_seq - 1);
  const kept = window.messages.filter((message) => message.seq >= before_seq);
  if (kept.length === window.messages.length) return null;
  window.messages = kept;
  return 'trimmed';
}

/**
 * @param {Window} window
 * @param {Message[]} messages
 * @param {number} emptyEnd `end` when there are none
 * @param {boolean} following whether they reach the newest message the server had
 * @returns {Change}
 */
function replace(window, messages, emptyEnd, following) {
  window.messages = messages.slice(-WINDOW);
  window.end = messages.at(-1)?.seq ?? emptyEnd;
  window.following = following;
  window.loaded = true;
  takeEarly(window);
  return 'reset';
}

/**
 * @param {Window} window
 * @param {{messages: Message[], has_more_before: boolean}} page
 * @returns {Change | null}
 */
function addOlder(window, page) {
  const start = window.messages[0]?.seq;
  if (start === undefined) return null;
  const older = page.messages.filter((message) => message.seq < start);
  if (!page.has_more_before) window.first_seq = Math.max(window.first_seq, older[0]?.seq ?? start);
  if (older.at(-1)?.seq !== start - 1) return null;
  window.messages = [...older, ...window.messages];
  cutNewest(window);
  return 'older';
}

/** @param {Window} window */
function cutNewest(window) {
  if (window.messages.length <= WINDOW) return;
  window.messages = window.messages.slice(0, WINDOW);
  window.end = /** @type {Message} */ (window.messages.at(-1)).seq;
  window.following = false;
  window.early.clear();
}

/**
 * @param {Window} window
 * @param {{messages: Message[], has_more_after: boolean}} page
 * @returns {Change | null}
 */
function addNewer(window, page) {
  const newer = page.messages.filter((message) => message.seq > window.end);
  if (newer.length === 0) return null;
  // The whole window was cleaned up meanwhile: what lies between is gone for good.
  if (/** @type {Message} */ (newer[0]).seq > window.end + 1) return replace(window, newer, window.last_seq, !page.has_more_after);
  append(window, newer);
  if (!page.has_more_after) window.following = true;
  return 'newer';
}

/**
 * @param {Window} window
 * @param {Message[]} messages of which those up to `end` are known, and the rest follows without a gap
 * @returns {boolean} whether anything was new
 */
function append(window, messages) {
  const fresh = messages.filter((message) => message.seq > window.end);
  if (fresh.length > 0) {
    window.messages = [...window.messages, ...fresh];
    window.end = /** @type {Message} */ (fresh.at(-1)).seq;
  }
  const flushed = takeEarly(window);
  if (!window.following) window.messages = window.messages.slice(-WINDOW);
  return fresh.length > 0 || flushed;
}

/**
 * Moves what waited and now fits to the end of the window.
 * @param {Window} window
 */
function takeEarly(window) {
  const fitting = [];
  for (let next = window.early.get(window.end + 1); next; next = window.early.get(window.end + 1)) {
    fitting.push(next);
    window.end = next.seq;
  }
  for (const seq of window.early.keys()) if (seq <= window.end) window.early.delete(seq);
  if (fitting.length > 0) window.messages = [...window.messages, ...fitting];
  return fitting.length > 0;
}

/**
 * Keeps a followed window from growing without end: cut at its start when the reader is at the end (has read nearly
 * everything), else it stops following, so that what is being read stays.
 * @param {Window} window
 * @param {number} read_seq
 */
export function bound(window, read_seq) {
  if (!window.following || window.messages.length <= WINDOW + WINDOW_SLACK) return;
  if (window.end - read_seq <= WINDOW_SLACK) window.messages = window.messages.slice(-WINDOW);
  else window.following = false;
}
