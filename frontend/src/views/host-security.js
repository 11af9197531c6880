/** Whether the chat is served over https as well. */
import { element, freshId, setText } from './element.js';
import { errorWords } from './error-words.js';

/** @type {import('../types.js').Https[]} */
const WAYS = ['off', 'beside', 'redirect'];

export class HostSecurity {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #name = freshId('https');
  #button;
  #done = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #trust = element('div', { class: 'host__part' });

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, host } = context;
    this.#context = context;
    const isFixed = host.overview?.fixed.includes('https') === true;
    this.#button = element('button', { class: 'button button--primary', disabled: isFixed }, t('security.apply'));
    const form = element('form', { class: 'settings', onsubmit: (event) => void this.#submit(event), oninput: () => setText(this.#done, '') },
      element('fieldset', { disabled: isFixed }, element('legend', { class: 'settings__legend' }, t('security.legend')), ...WAYS.map((way) => this.#way(way))),
      isFixed ? element('p', { class: 'quiet settings__hint' }, t('host.fixed')) : null, this.#error, element('div', { class: 'settings__submit' }, this.#button));
    this.element = element('div', { class: 'host__part' }, form, this.#done, this.#trust);
    host.addEventListener('change', () => this.#drawTrust(), { signal: this.#leaving.signal });
    this.#drawTrust();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @param {import('../types.js').Https} way */
  #way(way) {
    const { t, host } = this.#context;
    const hint = element('span', { class: 'switch__hint', id: freshId('hint') }, t(`security.${way}_hint`));
    const radio = element('input', { type: 'radio', name: this.#name, value: way, 'aria-describedby': hint.id });
    radio.checked = host.overview?.https === way;
    return element('label', { class: 'switch' }, radio, element('span', {}, element('span', { class: 'switch__label' }, t(`security.${way}`)), hint));
  }

  /** How a device comes to trust this chat, while there is something to trust. */
  #drawTrust() {
    const { t, host: { overview } } = this.#context;
    const addresses = overview?.https === 'off' ? [] : (overview?.secure_addresses ?? []);
    this.#trust.hidden = overview === null || overview.https === 'off';
    this.#trust.replaceChildren(
      element('p', {}, element('a', { href: '/trust', target: '_blank', rel: 'noopener' }, t('security.trust'))),
      addresses.length === 0 ? '' : element('p', { class: 'quiet' }, t('security.addresses')),
      element('ul', { class: 'host__addresses', dir: 'ltr' }, ...addresses.map((address) => element('li', {}, address))));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const { t, host } = this.#context;
    const chosen = this.element.querySelector(`input[name="${this.#name}"]:checked`);
    if (!(chosen instanceof HTMLInputElement)) return;
    setText(this.#error, '');
    this.#button.disabled = true;
    try {
      await host.choose({ https: /** @type {import('../types.js').Https} */ (chosen.value) });
      setText(this.#done, t('security.done'));
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    } finally {
      this.#button.disabled = false;
    }
  }
}
