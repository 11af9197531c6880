/** Waiting before a refused request is tried again: as long as the server asks, else longer each time. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;
/** An `internal` error may be the request's own fault; so often it is tried. */
const MAX_INTERNAL = 5;

export class Patience {
  /** What ends the waits that are under way. @type {Set<() => void>} */
  #wakers = new Set();
  #later;

  /** @param {(task: () => void, delay: number) => unknown} later a timer */
  constructor(later) {
    this.#later = later;
  }

  /**
   * @param {{retry_after?: number | undefined}} error
   * @param {number} attempt from 0
   * @returns {Promise<void>}
   */
  wait({ retry_after }, attempt) {
    const delay = retry_after === undefined ? Math.min(LAST_MS, FIRST_MS * 2 ** attempt) : retry_after * 1000;
    return new Promise((resolve) => {
      this.#wakers.add(resolve);
      this.#later(() => {
        this.#wakers.delete(resolve);
        resolve();
      }, delay);
    });
  }

  /**
   * Whether to try again.
   * @param {import('../errors.js').ChatError} error
   * @param {number} attempt from 0
   */
  isFor(error, attempt) {
    return error.isPassing && !(error.code === 'internal' && attempt >= MAX_INTERNAL);
  }

  /** Nobody waits any longer: the connection has come or gone. */
  wake() {
    for (const waker of this.#wakers) waker();
    this.#wakers.clear();
  }
}
