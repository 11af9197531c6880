/**
 * Up to which change a room is known without a gap.
 *
 * The server counts a room's changes (`rev`). Each one heard is noted; what comes ahead of a missing one is remembered,
 * so that a single answer to `sync` closes the gap however much was heard while it was on its way.
 */

/** Changes remembered ahead of a gap. Forgetting them is safe: they are asked for again. */
const MOST_AHEAD = 5000;

export class Revs {
  /** Every change up to here is known. */
  known = 0;
  /** The room is at least here. */
  heard = 0;
  /** @type {Set<number>} */
  #ahead = new Set();

  get isBehind() {
    return this.known < this.heard;
  }

  /** The whole state at `rev` has come, and what was heard ahead of it is not in it. @param {number} rev */
  start(rev) {
    this.known = rev;
    this.hear(rev);
    this.#ahead.clear();
  }

  /** The change `rev` itself is known. @param {number} rev */
  add(rev) {
    this.hear(rev);
    if (rev <= this.known) return;
    if (this.#ahead.size >= MOST_AHEAD) this.#ahead.clear();
    this.#ahead.add(rev);
    this.#goOn();
  }

  /** Something told how far the room is. @param {number} rev */
  hear(rev) {
    this.heard = Math.max(this.heard, rev);
  }

  /**
   * All changes after `since` and up to `rev` are known.
   * @param {number} since
   * @param {number} rev
   */
  fill(since, rev) {
    this.hear(rev);
    if (since > this.known) return;
    this.known = Math.max(this.known, rev);
    this.#goOn();
  }

  #goOn() {
    while (this.#ahead.delete(this.known + 1)) this.known += 1;
    for (const rev of this.#ahead) if (rev <= this.known) this.#ahead.delete(rev);
  }
}
