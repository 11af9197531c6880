/**
 * What the address names: `#/` the list of rooms, `#/room/<id>` a room, `#/room/<id>/people` who is in it and
 * `#/room/<id>/search` the search beside it (on a phone), `#/room/<id>/<seq>` a message. Others are no places, and gone at once: `#/host/<code>` makes the one who opens it the host;
 * `#/join/<phrase>`, `#/invite/<code>` and `#/device/<code>` let somebody in.
 */

/** What stands in the address for each kind of link. @type {Record<string, import('../people-types.js').Link['kind']>} */
const KINDS = { join: 'phrase', invite: 'invitation', device: 'device' };

/**
 * @typedef {object} Route
 * @property {string | null} room its id; null: the list of rooms
 * @property {boolean} [isPeople]
 * @property {boolean} [isSearch]
 * @property {number | undefined} [seq] of the message that a link leads to
 */

/** @param {Route} route */
export function addressOf({ room, isPeople = false, isSearch = false, seq }) {
  if (room === null) return '#/';
  const rest = isPeople ? '/people' : isSearch ? '/search' : '';
  return `#/room/${encodeURIComponent(room)}${seq === undefined ? rest : `/${seq}`}`;
}

/**
 * @param {string} hash as `location.hash` has it
 * @returns {Route | null} null: it names nothing, as on the first visit
 */
export function readRoute(hash) {
  if (hash === '#/') return { room: null };
  const found = /^#\/room\/([^/]+)(?:\/(people|search|\d{1,15}))?$/.exec(hash);
  if (!found?.[1]) return null;
  const [, room, rest] = found;
  const isSeq = rest !== undefined && /^\d/.test(rest);
  try {
    return { room: decodeURIComponent(room), isPeople: rest === 'people', isSearch: rest === 'search', seq: isSeq ? Number(rest) : undefined };
  } catch {
    return null;
  }
}

/**
 * The code of the host's link, taken out of the address and of the browser's history: it is worth the whole chat.
 * @returns {string | null}
 */
export function takeHostCode() {
  const code = /^#\/host\/([A-Za-z0-9_-]{1,200})$/.exec(location.hash)?.[1] ?? null;
  if (code !== null) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

/**
 * What somebody comes in by, taken out of the address and of the browser's history as well.
 * @returns {import('../people-types.js').Link | null}
 */
export function takeLink() {
  const found = /^#\/(join|invite|device)\/([\w-]{1,200})$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, '', location.pathname + location.search);
  const [, word = '', code = ''] = found;
  return { kind: KINDS[word] ?? 'device', code };
}

/** @param {Route} route */
export function paneOf({ room, isPeople, isSearch }) {
  if (room === null) return 'rooms';
  if (isSearch) return 'search';
  return isPeople ? 'people' : 'conversation';
}

/** The browser's history, one entry for each pane that a phone shows. */
export class History {
  /** @type {() => void} */
  #changed;

  /**
   * @param {() => void} changed called after every change of the address, ours or the browser's
   * @param {AbortSignal} signal
   */
  constructor(changed, signal) {
    this.#changed = changed;
    window.addEventListener('popstate', changed, { signal });
    window.addEventListener('hashchange', changed, { signal });
  }

  get route() {
    return readRoute(location.hash);
  }

  /** @param {Route} route */
  push(route) {
    if (addressOf(route) === location.hash) return;
    const from = this.route ? paneOf(this.route) : null;
    history.pushState({ from }, '', addressOf(route));
    this.#changed();
  }

  /** @param {Route} route */
  replace(route) {
    history.replaceState(null, '', addressOf(route));
    this.#changed();
  }

  /** Back to `route`: the entry before when it is of that pane, so that Back does not lead forward again. @param {Route} route */
  back(route) {
    const state = /** @type {{from?: string | null} | null} */ (history.state);
    if (state?.from === paneOf(route)) history.back();
    else this.replace(route);
  }
}
