/**
 * One tab of several acts on a thing: whoever claims its key first.
 *
 * With Web Locks (secure contexts) the claim is exact. On plain http a key in localStorage is written and, after a
 * moment, read back: the last writer wins, so of tabs that claim at the same instant one is left. Claims are short-lived.
 */

/** How long a claim stands, in milliseconds: longer than tabs are apart in hearing of the same thing. */
const CLAIM_MS = 10_000;
const SETTLE_MS = 60;

export class Claims {
  /**
   * @param {object} needs
   * @param {import('../storage.js').KeptValues} needs.kept
   * @param {string} needs.tab an id of this tab
   * @param {((name: string, task: () => Promise<void>) => Promise<boolean>) | null} needs.tryLock runs the task if the
   *   lock is free, and says whether it was; null where there are no locks
   * @param {() => number} [needs.now]
   * @param {(delay: number) => Promise<void>} [needs.pause]
   */
  constructor({ kept, tab, tryLock, now = Date.now, pause = wait }) {
    this._kept = kept;
    this._tab = tab;
    this._tryLock = tryLock;
    this._now = now;
    this._pause = pause;
  }

  /**
   * @param {string} key
   * @returns {Promise<boolean>} whether this tab has it; false for good, when another one has
   */
  claim(key) {
    return this._tryLock ? this._tryLock(`chatapp:${key}`, () => this._pause(CLAIM_MS)) : this._claimByKey(`claim:${key}`);
  }

  /** @param {string} key */
  async _claimByKey(key) {
    this._sweep();
    if (this._kept.get(key) !== undefined) return false;
    this._kept.set(key, { tab: this._tab, at: this._now() });
    await this._pause(SETTLE_MS);
    return /** @type {{tab?: string} | undefined} */ (this._kept.get(key))?.tab === this._tab;
  }

  /** Forgets claims of the past. */
  _sweep() {
    for (const key of this._kept.keys('claim:')) {
      const at = /** @type {{at?: number} | undefined} */ (this._kept.get(key))?.at ?? 0;
      if (Math.abs(this._now() - at) > CLAIM_MS) this._kept.remove(key);
    }
  }
}

/** @param {number} delay milliseconds */
function wait(delay) {
  return new Promise((/** @type {(value?: undefined) => void} */ resolve) => { setTimeout(resolve, delay); });
}
