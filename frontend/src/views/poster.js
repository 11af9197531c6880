/** What the host hangs on the wall: one sheet of A4, seen on paper only. */
import { element } from './element.js';
import { joinLink } from './invitation.js';

/** Characters of an address that fit on a line in large type. */
const FITS = 30;

export class Poster {
  /** @type {import('./context.js').PageContext} */
  #context;
  #title = element('h1', { class: 'poster__title', dir: 'auto' });
  #address = element('p', { class: 'poster__address', dir: 'ltr' });
  #phrase = element('p', { class: 'poster__phrase', dir: 'auto' });
  #code = element('img', { class: 'poster__code', alt: '' });
  /** The code is there, or will not come. @type {Promise<void>} */
  #drawn = Promise.resolve();

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    const steps = ['network', 'open', 'name'].map((step) => element('li', {}, t(`poster.${step}`)));
    this.element = element('section', { class: 'poster', 'aria-hidden': 'true' },
      this.#title, element('p', { class: 'poster__lead' }, t('poster.lead')), this.#code, this.#address, this.#phrase,
      element('ol', { class: 'poster__steps' }, ...steps),
      element('ul', { class: 'poster__notes' }, element('li', {}, t('poster.no_internet')), element('li', {}, t('poster.mac'))));
  }

  close() {
    this.#hide();
  }

  /**
   * @param {import('../types.js').Overview} overview
   * @param {string | undefined} address without one there is nothing to print
   */
  draw(overview, address) {
    if (address === undefined) return this.#hide();
    const { t } = this.#context;
    const { name, phrase } = overview;
    const isAsked = overview.ways_in === 'phrase' && phrase !== undefined;
    this.#title.textContent = name;
    this.#phrase.textContent = isAsked ? t('poster.phrase', { phrase }) : '';
    this.#address.textContent = address;
    this.#address.classList.toggle('is-long', address.length > FITS);
    this.#drawn = this.#drawCode(address, joinLink(address, overview));
    document.body.append(this.element);
    return document.body.classList.add('has-poster');
  }

  /**
   * @param {string} address
   * @param {string} link with what lets one in
   */
  async #drawCode(address, link) {
    const { actions, account } = this.#context;
    this.#code.removeAttribute('src');
    if (link === address) this.#code.src = actions.qrUrl(address);
    else this.#code.src = await account.picture(link).catch(() => '');
  }

  /** Opens the browser's print dialog, once the code is there: paper cannot load it later. */
  async print() {
    const { t, commands } = this.#context;
    try {
      await this.#drawn;
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
