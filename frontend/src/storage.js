/**
 * What this browser keeps: preferences, drafts, the outbox, and on another origin the token. localStorage where it can
 * be used, else memory for as long as the page lives (private windows and blocked cookies make it throw).
 * Values are JSON. Each thing has a key of its own, so that two tabs never write over each other's.
 */

const PREFIX = 'chatapp:';

export class KeptValues {
  /**
   * @param {Storage | null} area null: memory only
   * @param {{onFull?: () => void}} [hooks] `onFull` is told when something could only be kept in memory
   */
  constructor(area, { onFull = () => undefined } = {}) {
    this._area = area;
    this._onFull = onFull;
    /** What the area would not take. @type {Map<string, string>} */
    this._memory = new Map();
  }

  /** Called when something could only be kept in memory. @param {() => void} listener */
  set onFull(listener) {
    this._onFull = listener;
  }

  /**
   * @param {string} key
   * @returns {unknown} undefined when there is none, or when what is there is not ours
   */
  get(key) {
    const text = this._memory.get(key) ?? this._read(key);
    if (text === null || text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} key
   * @param {unknown} value undefined removes
   */
  set(key, value) {
    if (value === undefined) return this.remove(key);
    const text = JSON.stringify(value);
    try {
      if (!this._area) throw new Error('memory only');
      this._area.setItem(PREFIX + key, text);
      this._memory.delete(key);
    } catch {
      this._memory.set(key, text);
      if (this._area) this._onFull();
    }
  }

  /** @param {string} key */
  remove(key) {
    this._memory.delete(key);
    try {
      this._area?.removeItem(PREFIX + key);
    } catch {
      // An area that cannot be written holds nothing of ours.
    }
  }

  /**
   * Keys that begin with `start`, in no order.
   * @param {string} start
   * @returns {string[]}
   */
  keys(start) {
    const found = new Set([...this._memory.keys()].filter((key) => key.startsWith(start)));
    for (let index = 0; index < (this._area?.length ?? 0); index += 1) {
      const key = this._area?.key(index) ?? '';
      if (key.startsWith(PREFIX + start)) found.add(key.slice(PREFIX.length));
    }
    return [...found];
  }

  /** @param {string} key */
  _read(key) {
    try {
      return this._area?.getItem(PREFIX + key);
    } catch {
      return null;
    }
  }
}

/**
 * The key a `storage` event is about, without our prefix; null when it is not ours.
 * @param {string | null} key
 */
export function keptKey(key) {
  return key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

/** @returns {Storage | null} localStorage if it can be written */
export function usableLocalStorage() {
  try {
    const probe = `${PREFIX}probe`;
    localStorage.setItem(probe, '1');
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return null;
  }
}
