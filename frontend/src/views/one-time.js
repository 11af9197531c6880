/** A link that works once: its picture, a button that copies it, and how long it is good yet. */
import { isLoopback } from '../lib/text.js';
import { formatWait } from '../lib/time.js';
import { element, setText } from './element.js';
import { copyButton, linkPicture } from './invitation.js';

const TICK_MS = 1000;

export class OneTime {
  /** @type {import('./context.js').PageContext} */
  #context;
  #options;
  #timer;
  #left = element('p', { class: 'quiet' });
  #body = element('div', { class: 'invite' });
  #isClosed = false;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {{code: import('../protocol.js').DeviceLink, key: string, spent: string}} options `key` of words with `{time}`;
   *   `spent` of those for when there is none left
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
    this.element = element('div', { class: 'one-time' }, this.#body, this.#left);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
    void this.#draw();
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.element.remove();
  }

  #tick() {
    const { t, locale } = this.#context;
    const { code, key, spent } = this.#options;
    const seconds = Math.ceil((new Date(code.expires_at).getTime() - Date.now()) / 1000);
    setText(this.#left, seconds > 0 ? t(key, { time: formatWait(seconds, locale) }) : t(spent));
    if (seconds > 0) return;
    clearInterval(this.#timer);
    this.#body.replaceChildren();
  }

  async #draw() {
    const { t } = this.#context;
    const base = await addressForOthers(this.#context);
    if (this.#isClosed) return;
    const link = `${base}/#/device/${this.#options.code.code}`;
    this.#body.replaceChildren(linkPicture(this.#context, link, t('device_link.code')),
      element('p', { class: 'one-time__link', dir: 'ltr' }, link), element('div', { class: 'dialog__actions' }, copyButton(this.#context, link, undefined, t('device_link.copy'))));
  }
}

/**
 * Where other devices reach the chat: where this page is, unless that is this very machine's own address.
 * @param {import('./context.js').PageContext} context
 */
export async function addressForOthers({ actions }) {
  const here = location.origin;
  if (!isLoopback(location.hostname)) return here;
  const { addresses } = await actions.identity().catch(() => ({ addresses: /** @type {string[]} */ ([]) }));
  return addresses.find((address) => !isLoopback(new URL(address).hostname))?.replace(/\/$/, '') ?? here;
}
