/** The page that says how a device comes to trust this chat's certificate: a page of its own, without the chat. */
import english from '../locales/en.json';
import own from '../locales/en.json?part=trust';
import { createTranslate } from './lib/i18n.js';
import { systemOf } from './lib/system.js';
import { KeptValues, usableLocalStorage } from './storage.js';
import { TrustPage } from './views/trust-page.js';

const theme = new KeptValues(usableLocalStorage()).get('preference:theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;

const { protocol, hostname, port } = location;
const secureUrl = `https://${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;

new TrustPage({
  root: /** @type {HTMLElement} */ (document.querySelector('[data-root]')),
  t: createTranslate({ ...english, ...own }, 'en'),
  system: systemOf(navigator.userAgent, navigator.maxTouchPoints),
  isSecure: protocol === 'https:',
  load,
  isTrusted,
}).show();

/**
 * What the server says of its certificate.
 * @returns {Promise<import('./views/trust-page.js').Certificate | null>} null while it serves no https
 */
async function load() {
  const answer = await fetch('/api/certificate', { cache: 'no-store' });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/**
 * Whether this device takes the certificate without asking. What the server answers is not read, and need not be
 * readable for a page of another scheme: only a trusted connection answers at all.
 */
async function isTrusted() {
  try {
    await fetch(`${secureUrl}/api/identity`, { mode: 'no-cors', cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}
