/**
 * The loaded part of a room's history: messages without gaps, ascending by `seq`, at most `WINDOW` of them.
 *
 * Of two states of one message the one of the greater `rev` stands, however often and in whatever order they come.
 * `end` is the last seq up to which nothing is missing. While `following`, the window belongs at the end of the room,
 * and what lies beyond `end + 1` waits `aside` until it fits; else it rests where the reader is.
 *
 * A page shows the room as it was when the server read it, and may land after a change was heard that it does not have.
 * So while a page is being fetched everything heard is kept `aside` too, and laid over it when it lands.
 */

/** @typedef {import('../protocol.js').Message} Message */
/** @typedef {import('../types.js').MessagesChange} Change */
/** `change`: of the list; `ids`: of messages replaced in their places. @typedef {{change: Change | null, ids: string[]}} Outcome */

/**
 * @typedef {object} Window
 * @property {readonly Message[]} messages
 * @property {number} end
 * @property {number} first_seq oldest the server has
 * @property {number} last_seq newest the server has
 * @property {boolean} following
 * @property {boolean} loaded
 * @property {number} fetching how many requests for messages are under way
 * @property {Map<number, Message>} aside by seq
 */

/** Messages kept per room. */
export const WINDOW = 400;
/** How far a followed window may grow before it is cut back to `WINDOW`: cutting at each message would be waste. */
export const WINDOW_SLACK = 200;
/** Read messages that a cut leaves before the first unread one. */
const CONTEXT = 100;

/** @returns {Window} */
export function emptyWindow() {
  return { messages: [], end: 0, first_seq: 1, last_seq: 0, following: true, loaded: false, fetching: 0, aside: new Map() };
}

/** @param {Window} window */
export function hasMoreBefore({ messages, first_seq }) {
  return messages.length > 0 && /** @type {Message} */ (messages[0]).seq > first_seq;
}

/**
 * The message at a place of the room, if it stands in the window.
 * @param {Window} window
 * @param {number} seq
 */
export function messageAt({ messages }, seq) {
  // There are no gaps, so the place in the room is the place in the list.
  return messages[seq - (messages[0]?.seq ?? 0)];
}

/**
 * Messages by themselves: heard, from an ack, or from `sync`; new or changed, in any order.
 * @param {Window} window
 * @param {readonly Message[]} messages
 * @returns {Outcome}
 */
export function fold(window, messages) {
  const ids = [];
  for (const message of messages) {
    window.last_seq = Math.max(window.last_seq, message.seq);
    if (replaceOne(window, message)) ids.push(message.id);
    if (isKept(window, message.seq)) setAside(window, message);
  }
  return { change: takeAside(window) ? 'newer' : null, ids };
}

/**
 * The window begins with these; null: with a page that will be fetched.
 * @param {Window} window
 * @param {{messages: readonly Message[] | null, first_seq: number, last_seq: number}} newest
 * @returns {Outcome}
 */
export function start(window, { messages, first_seq, last_seq }) {
  window.first_seq = Math.max(window.first_seq, first_seq);
  window.last_seq = Math.max(window.last_seq, last_seq);
  window.loaded = false;
  if (messages) return replace(window, messages, true);
  Object.assign(window, { messages: [], end: 0, following: true });
  window.aside.clear();
  return { change: null, ids: [] };
}

/**
 * A fetched page next to the window.
 * @param {Window} window
 * @param {{messages: readonly Message[], has_more_before: boolean, has_more_after: boolean}} page
 * @param {'older' | 'newer' | 'replace'} place
 * @returns {Outcome}
 */
export function addPage(window, page, place) {
  window.last_seq = Math.max(window.last_seq, page.messages.at(-1)?.seq ?? 0);
  if (place === 'replace') return replace(window, page.messages, !page.has_more_after);
  const messages = stillThere(window, page.messages);
  const ids = messages.filter((message) => replaceOne(window, message)).map((message) => message.id);
  const { change } = (place === 'older' ? addOlder : addNewer)(window, { ...page, messages });
  return { change, ids };
}

/**
 * The server has removed everything before `before_seq`.
 * @param {Window} window
 * @param {number} before_seq
 * @returns {Change | null} null also when nothing of the window went
 */
export function trim(window, before_seq) {
  window.first_seq = Math.max(window.first_seq, before_seq);
  window.last_seq = Math.max(window.last_seq, before_seq - 1);
  if (window.loaded) window.end = Math.max(window.end, before_seq - 1);
  const kept = window.messages.filter((message) => message.seq >= before_seq);
  const isCut = kept.length < window.messages.length;
  window.messages = kept;
  const hasMore = takeAside(window);
  if (isCut) return 'trimmed';
  return hasMore ? 'newer' : null;
}

/**
 * A request for messages of the room begins or has ended.
 * @param {Window} window
 * @param {boolean} on
 */
export function setFetching(window, on) {
  window.fetching = Math.max(0, window.fetching + (on ? 1 : -1));
  prune(window);
}

/**
 * Keeps a followed window from growing without end: cut at its start when the reader is at the end (has read nearly
 * everything), else it stops following and keeps what comes next to read.
 * @param {Window} window
 * @param {number} read_seq
 */
export function bound(window, read_seq) {
  const { messages } = window;
  if (!window.following || messages.length <= WINDOW + WINDOW_SLACK) return;
  if (window.end - read_seq <= WINDOW_SLACK) {
    window.messages = messages.slice(-WINDOW);
    return;
  }
  const unread = read_seq + 1 - /** @type {Message} */ (messages[0]).seq;
  window.messages = messages.slice(Math.max(0, unread - CONTEXT));
  cutNewest(window);
}

/**
 * @param {Window} window
 * @param {readonly Message[]} messages
 * @param {boolean} following whether they reach the newest message the server had
 * @returns {Outcome}
 */
function replace(window, messages, following) {
  window.messages = newest(window, stillThere(window, messages)).slice(-WINDOW);
  // Of an empty room `first_seq` is the place of the next message.
  window.end = window.messages.at(-1)?.seq ?? window.first_seq - 1;
  window.following = following;
  window.loaded = true;
  takeAside(window);
  return { change: 'reset', ids: [] };
}

/**
 * @param {Window} window
 * @param {{messages: readonly Message[], has_more_before: boolean}} page
 * @returns {Outcome}
 */
function addOlder(window, page) {
  const first = window.messages[0]?.seq;
  const older = first === undefined ? [] : newest(window, page.messages.filter((message) => message.seq < first));
  if (first !== undefined && !page.has_more_before) window.first_seq = Math.max(window.first_seq, older[0]?.seq ?? first);
  if (first === undefined || older.at(-1)?.seq !== first - 1) return { change: null, ids: [] };
  window.messages = [...older, ...window.messages];
  if (window.messages.length > WINDOW) cutNewest(window);
  return { change: 'older', ids: [] };
}

/**
 * @param {Window} window
 * @param {{messages: readonly Message[], has_more_after: boolean}} page
 * @returns {Outcome}
 */
function addNewer(window, page) {
  const fresh = newest(window, page.messages.filter((message) => message.seq > window.end));
  const next = fresh[0];
  const wasFollowing = window.following;
  if (!page.has_more_after) window.following = true;
  // The whole window was cleaned up meanwhile: what lies between is gone for good.
  if (next && next.seq > window.end + 1) return replace(window, fresh, window.following);
  window.messages = [...window.messages, ...fresh];
  window.end = fresh.at(-1)?.seq ?? window.end;
  const hasMore = takeAside(window);
  if (!wasFollowing) window.messages = window.messages.slice(-WINDOW);
  return { change: fresh.length > 0 || hasMore ? 'newer' : null, ids: [] };
}

/** @param {Window} window */
function cutNewest(window) {
  window.messages = window.messages.slice(0, WINDOW);
  window.end = window.messages.at(-1)?.seq ?? window.end;
  window.following = false;
  prune(window);
}

/**
 * @param {Window} window
 * @param {Message} message
 * @returns {boolean} whether it stands in the window and was older there
 */
function replaceOne(window, message) {
  const known = messageAt(window, message.seq);
  if (!known || known.rev >= message.rev) return false;
  window.messages = window.messages.with(message.seq - /** @type {Message} */ (window.messages[0]).seq, message);
  return true;
}

/**
 * Without those that have been cleaned up since they were read.
 * @param {Window} window
 * @param {readonly Message[]} messages
 */
function stillThere({ first_seq }, messages) {
  return messages.filter((message) => message.seq >= first_seq);
}

/**
 * The newest known states of fetched messages.
 * @param {Window} window
 * @param {readonly Message[]} messages
 * @returns {Message[]}
 */
function newest(window, messages) {
  return messages.map((message) => newerOf(newerOf(message, window.aside.get(message.seq)), messageAt(window, message.seq)));
}

/**
 * @param {Message} one
 * @param {Message | undefined} other
 */
export function newerOf(one, other) {
  return other && other.rev > one.rev ? other : one;
}

/**
 * @param {Window} window
 * @param {Message} message
 */
function setAside({ aside }, message) {
  aside.set(message.seq, newerOf(message, aside.get(message.seq)));
}

/**
 * @param {Window} window
 * @param {number} seq
 */
function isKept({ loaded, fetching, following, end, first_seq }, seq) {
  return seq >= first_seq && (!loaded || fetching > 0 || (following && seq > end));
}

/**
 * Moves what waited and now fits to the end of the window.
 * @param {Window} window
 */
function takeAside(window) {
  const fitting = [];
  if (window.loaded && window.following) {
    for (let next = window.aside.get(window.end + 1); next; next = window.aside.get(window.end + 1)) {
      fitting.push(next);
      window.end = next.seq;
    }
  }
  prune(window);
  if (fitting.length > 0) window.messages = [...window.messages, ...fitting];
  return fitting.length > 0;
}

/** @param {Window} window */
function prune(window) {
  for (const seq of window.aside.keys()) if (!isKept(window, seq)) window.aside.delete(seq);
}
