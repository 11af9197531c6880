/** Words that count down what is still to be waited. */
import { formatWait } from '../lib/time.js';
import { element } from './element.js';

const TICK_MS = 1000;

/**
 * Spoken once, as it is at first; for the eye it goes on by itself as long as it stands in the document.
 * @param {Pick<import('../types.js').ViewContext, 't' | 'locale'>} context
 * @param {{seconds: number, key: string, onEnd: () => void}} options `key` of words with `{time}`
 * @returns {HTMLElement}
 */
export function waitWords({ t, locale }, { seconds, key, onEnd }) {
  const ends = Date.now() + seconds * 1000;
  const words = () => t(key, { time: formatWait(Math.max(0, Math.ceil((ends - Date.now()) / 1000)), locale) });
  const seen = element('span', { 'aria-hidden': 'true' }, words());
  const timer = setInterval(() => {
    if (seen.isConnected && Date.now() < ends) {
      seen.textContent = words();
      return;
    }
    clearInterval(timer);
    if (seen.isConnected) onEnd();
  }, TICK_MS);
  return element('span', {}, element('span', { class: 'visually-hidden' }, words()), seen);
}
