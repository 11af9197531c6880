/**
 * Tells when the page comes back to life, when it goes, and whether anybody looks at it.
 *
 * No single event covers sleep: a closed lid fires none in some browsers, a frozen tab `resume` only in some. So the
 * clock is watched too: a timer that fires much later than it was set for has slept.
 */

const TICK_MS = 5_000;
/** A page in front whose timer is so late has been away. */
const LATE_MS = 10_000;
/** Browsers let timers of hidden pages fire once a minute only. */
const LATE_HIDDEN_MS = 90_000;

/**
 * @param {object} listeners
 * @param {() => void} listeners.onLeave the page is closed or left; it may come back from the browser's history
 * @param {() => void} listeners.onWake after sleep, a change of network, or return to the tab; may be called in bursts
 * @param {(here: boolean) => void} listeners.onAttention whether the page is visible and has the focus
 */
export function watchWake({ onWake, onLeave, onAttention }) {
  const tell = () => onAttention(isAttentive());
  window.addEventListener('online', onWake);
  window.addEventListener('pagehide', onLeave);
  window.addEventListener('pageshow', (event) => { if (event.persisted) onWake(); });
  document.addEventListener('resume', onWake);
  watchClock(onWake);
  document.addEventListener('visibilitychange', () => {
    tell();
    if (document.visibilityState === 'visible') onWake();
  });
  window.addEventListener('focus', tell);
  window.addEventListener('blur', tell);
  tell();
}

/** @param {() => void} onWake */
function watchClock(onWake) {
  let last = Date.now();
  setInterval(() => {
    const late = Date.now() - last - TICK_MS;
    last = Date.now();
    if (late > (document.visibilityState === 'visible' ? LATE_MS : LATE_HIDDEN_MS)) onWake();
  }, TICK_MS);
}

/** @returns {boolean} */
export function isAttentive() {
  return document.visibilityState === 'visible' && document.hasFocus();
}
