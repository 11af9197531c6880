/** Geometry of a scrolling list: where its end is, and how to hold still what is being read. */

/**
 * @typedef {object} ScrollMetrics
 * @property {number} scrollTop
 * @property {number} scrollHeight
 * @property {number} clientHeight
 */

/**
 * Pixels between what is visible and the end.
 * @param {ScrollMetrics} metrics an element, or numbers
 */
export function distanceFromBottom({ scrollTop, scrollHeight, clientHeight }) {
  return Math.max(0, scrollHeight - clientHeight - scrollTop);
}

/**
 * @param {ScrollMetrics} metrics
 * @param {number} threshold pixels that still count as the bottom
 */
export function isAtBottom(metrics, threshold) {
  return distanceFromBottom(metrics) <= threshold;
}

/**
 * Runs `change`, then scrolls so that the first visible child that outlived it ends where it ended: what changes in it
 * (the head of a group, when older messages come before it) changes above what is read. Browsers anchor by themselves
 * only in part (Safari not at all), so the container should have `overflow-anchor: none`.
 * @param {HTMLElement} container the scrolling element
 * @param {Iterable<HTMLElement>} children items of the list, in order
 * @param {() => void} change
 */
export function holdStill(container, children, change) {
  const frame = container.getBoundingClientRect().top;
  const visible = [];
  for (const child of children) {
    const box = child.getBoundingClientRect();
    if (box.bottom > frame) visible.push({ child, bottom: box.bottom });
  }
  change();
  const anchor = visible.find(({ child }) => child.isConnected);
  if (anchor) container.scrollTop += anchor.child.getBoundingClientRect().bottom - anchor.bottom;
}
