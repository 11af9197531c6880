/** A link by which one goes on on another device: once, and for a few minutes. */
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { OneTime } from './one-time.js';

export class DeviceLink {
  /** @type {import('./context.js').PageContext} */
  #context;
  #button;
  #error = element('p', { class: 'field__error', role: 'alert' });
  #shown = element('div', { class: 'account__body' });
  /** @type {OneTime | null} */
  #link = null;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#button = element('button', { type: 'button', class: 'button', onclick: () => void this.#make() }, t('device_link.make'));
    this.element = element('div', { class: 'account__body' }, element('p', { class: 'quiet' }, t('device_link.hint')), this.#shown, this.#error, element('div', {}, this.#button));
  }

  close() {
    this.#link?.close();
    this.element.remove();
  }

  async #make() {
    const { t, account } = this.#context;
    this.#button.disabled = true;
    setText(this.#error, '');
    try {
      const code = await account.deviceLink();
      this.#link?.close();
      this.#link = new OneTime(this.#context, { code, key: 'device_link.left', spent: 'device_link.spent' });
      this.#shown.replaceChildren(this.#link.element);
      setText(this.#button, t('device_link.again'));
    } catch (error) {
      setText(this.#error, personErrorWords(this.#context, error));
    } finally {
      this.#button.disabled = false;
    }
  }
}
