/** What the host hangs on the wall: one sheet of A4, seen on paper only. */
import { element } from './element.js';

/** Characters of an address that fit on a line in large type. */
const FITS = 30;

export class Poster {
  /** @type {import('./context.js').PageContext} */
  #context;
  #title = element('h1', { class: 'poster__title', dir: 'auto' });
  #address = element('p', { class: 'poster__address', dir: 'ltr' });
  #code = element('img', { class: 'poster__code', alt: '' });

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    const steps = ['network', 'open', 'name'].map((step) => element('li', {}, t(`poster.${step}`)));
    this.element = element('section', { class: 'poster', 'aria-hidden': 'true' },
      this.#title, element('p', { class: 'poster__lead' }, t('poster.lead')), this.#code, this.#address,
      element('ol', { class: 'poster__steps' }, ...steps),
      element('ul', { class: 'poster__notes' }, element('li', {}, t('poster.no_internet')), element('li', {}, t('poster.mac'))));
  }

  close() {
    this.#hide();
  }

  /**
   * @param {string} name of the chat
   * @param {string | undefined} address without one there is nothing to print
   */
  draw(name, address) {
    if (address === undefined) return this.#hide();
    this.#title.textContent = name;
    this.#address.textContent = address;
    this.#address.classList.toggle('is-long', address.length > FITS);
    this.#code.src = this.#context.actions.qrUrl(address);
    document.body.append(this.element);
    return document.body.classList.add('has-poster');
  }

  /** Opens the browser's print dialog, once the code is there: paper cannot load it later. */
  async print() {
    const { t, commands } = this.#context;
    try {
      await this.#code.decode();
      window.print();
    } catch {
      commands.toast({ level: 'error', words: t('poster.failed') });
    }
  }

  #hide() {
    this.element.remove();
    document.body.classList.remove('has-poster');
  }
}
