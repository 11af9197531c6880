/** What the address names: `#/` the list of rooms, `#/room/<id>` a room, `#/room/<id>/people` who is in it (on a phone). */

/**
 * @typedef {object} Route
 * @property {string | null} room its id; null: the list of rooms
 * @property {boolean} [isPeople]
 */

/** @param {Route} route */
export function addressOf({ room, isPeople = false }) {
  if (room === null) return '#/';
  return `#/room/${encodeURIComponent(room)}${isPeople ? '/people' : ''}`;
}

/**
 * @param {string} hash as `location.hash` has it
 * @returns {Route | null} null: it names nothing, as on the first visit
 */
export function readRoute(hash) {
  if (hash === '#/') return { room: null };
  const found = /^#\/room\/([^/]+)(\/people)?$/.exec(hash);
  if (!found?.[1]) return null;
  try {
    return { room: decodeURIComponent(found[1]), isPeople: found[2] !== undefined };
  } catch {
    return null;
  }
}

/** @param {Route} route */
export function paneOf({ room, isPeople }) {
  if (room === null) return 'rooms';
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
