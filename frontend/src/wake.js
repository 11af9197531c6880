/** Tells when the page comes back to life, and whether anybody looks at it. */

/**
 * @param {object} listeners
 * @param {() => void} listeners.onWake after sleep, a change of network, or return to the tab; may be called in bursts
 * @param {(here: boolean) => void} listeners.onAttention whether the page is visible and has the focus
 */
export function watchWake({ onWake, onAttention }) {
  const tell = () => onAttention(isAttentive());
  window.addEventListener('online', onWake);
  window.addEventListener('pageshow', (event) => { if (event.persisted) onWake(); });
  document.addEventListener('visibilitychange', () => {
    tell();
    if (document.visibilityState === 'visible') onWake();
  });
  window.addEventListener('focus', tell);
  window.addEventListener('blur', tell);
  tell();
}

/** @returns {boolean} */
export function isAttentive() {
  return document.visibilityState === 'visible' && document.hasFocus();
}
