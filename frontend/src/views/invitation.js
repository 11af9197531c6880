/** How others join: the best address, its QR code, a button that copies it, and the other addresses. */
import { element } from './element.js';

/** Pixels; the picture keeps its place while it loads. */
const CODE_SIZE = 240;

export class Invitation {
  /** @type {import('./context.js').PageContext} */
  #context;
  #isClosed = false;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('div', { class: 'invite' });
    void this.#load();
  }

  close() {
    this.#isClosed = true;
    this.element.remove();
  }

  async #load() {
    const { t, actions } = this.#context;
    this.element.replaceChildren(element('p', { class: 'quiet' }, t('invite.loading')));
    try {
      const { addresses } = await actions.identity();
      if (!this.#isClosed) this.#show(addresses);
    } catch {
      if (!this.#isClosed) this.#showFailure();
    }
  }

  #showFailure() {
    const { t } = this.#context;
    this.element.replaceChildren(
      element('p', {}, t('invite.failed')),
      element('div', {}, element('button', { type: 'button', class: 'button', onclick: () => void this.#load() }, t('invite.retry'))));
  }

  /** @param {readonly string[]} addresses the best first */
  #show([best, ...others]) {
    const { t, actions } = this.#context;
    if (best === undefined) {
      this.element.replaceChildren(element('p', {}, t('invite.none')));
      return;
    }
    this.element.replaceChildren(
      element('p', { class: 'invite__address', dir: 'ltr' }, best),
      element('img', { class: 'invite__code', src: actions.qrUrl(best), alt: t('invite.code', { address: best }), width: CODE_SIZE, height: CODE_SIZE }),
      element('p', { class: 'quiet' }, t('invite.hint')),
      this.#copyButton(best, t('invite.copy')));
    if (others.length > 0) this.element.append(this.#others(others));
  }

  /** @param {string[]} addresses */
  #others(addresses) {
    const { t } = this.#context;
    const items = addresses.map((address) => element('li', { class: 'invite__other' },
      element('span', { dir: 'ltr' }, address), this.#copyButton(address, t('invite.copy_this', { address }))));
    return element('details', {}, element('summary', {}, t('invite.others')), element('ul', { class: 'invite__others' }, ...items));
  }

  /**
   * @param {string} address
   * @param {string} label
   */
  #copyButton(address, label) {
    const { t, actions, commands } = this.#context;
    const words = element('span', {}, t('invite.copy'));
    const button = element('button', { type: 'button', class: 'button', 'aria-label': label }, words);
    button.addEventListener('click', async () => {
      const done = await actions.copyText(address);
      words.textContent = t(done ? 'invite.copied' : 'invite.copy_failed');
      button.removeAttribute('aria-label');
      commands.announce(words.textContent);
    });
    return element('div', {}, button);
  }
}
