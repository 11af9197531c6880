/** What the chat keeps, as its host chooses: for how long, how much of each room, and where an archive of the rest goes. */
import { box } from './choices.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { Field } from './field.js';
import { periodChoice } from './periods.js';

/** The server's rule. */
const MOST_MESSAGES = 1_000_000_000;

/** The choices behind the fields. */
const CHOICES = /** @type {const} */ ({ messages: 'retention_messages', folder: 'archive_folder' });

export class HostKeeping {
  /** @type {import('./context.js').HostContext} */
  #context;
  #onSaved;
  #period;
  #messages;
  #more;
  #folder;
  #button;
  #done = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /**
   * @param {import('./context.js').HostContext} context
   * @param {() => void} onSaved
   */
  constructor(context, onSaved) {
    const { t, host } = context;
    const overview = /** @type {import('../types.js').Overview} */ (host.overview);
    this.#context = context;
    this.#onSaved = onSaved;
    this.#period = periodChoice(context, overview);
    this.#messages = this.#field('messages', { type: 'text', inputmode: 'numeric', maxlength: 12 }, overview.retention_messages || '');
    this.#more = box(t('keeping.more'), t('keeping.more_hint'), overview.rooms_may_keep_more);
    this.#folder = this.#field('folder', { dir: 'ltr', spellcheck: 'false', autocapitalize: 'off', maxlength: 1000 }, overview.archive_folder);
    this.#button = element('button', { class: 'button button--primary' }, t('host.save'));
    this.element = element('form', { class: 'settings', novalidate: true, onsubmit: (/** @type {Event} */ event) => void this.#submit(event), oninput: () => setText(this.#done, '') },
      this.#period.element, this.#messages.element, this.#more.element, this.#folder.element, this.#error,
      element('div', { class: 'settings__submit' }, this.#button), this.#done);
  }

  /**
   * @param {'messages' | 'folder'} key
   * @param {import('./element.js').Attributes} attributes
   * @param {string | number} value
   */
  #field(key, attributes, value) {
    const { t } = this.#context;
    const isFixed = this.#isFixed(CHOICES[key]);
    const field = new Field({ label: t(`keeping.${key}`), hint: t(isFixed ? 'host.fixed' : `keeping.${key}_hint`), attributes: { ...attributes, autocomplete: 'off', disabled: isFixed } });
    field.input.value = String(value);
    return field;
  }

  /** @param {string} choice */
  #isFixed(choice) {
    return this.#context.host.overview?.fixed.includes(choice) === true;
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const { t, host } = this.#context;
    const messages = Number(this.#messages.value.trim().replaceAll(/[\s.,’']/g, ''));
    if (!(Number.isInteger(messages) && messages >= 0 && messages <= MOST_MESSAGES)) return this.#messages.refuse(t('keeping.no_number'));
    setText(this.#error, '');
    this.#button.disabled = true;
    try {
      await host.choose({
        ...this.#period.chosen(), rooms_may_keep_more: this.#more.input.checked,
        ...(this.#isFixed(CHOICES.messages) ? {} : { retention_messages: messages }),
        ...(this.#isFixed(CHOICES.folder) ? {} : { archive_folder: this.#folder.value.trim() }),
      });
      setText(this.#done, t('host.saved'));
      this.#onSaved();
    } catch (caught) {
      const error = /** @type {import('../types.js').ChatErrorShape} */ (caught);
      if (error.field === CHOICES.folder) this.#folder.refuse(errorWords(this.#context, error));
      else setText(this.#error, errorWords(this.#context, error));
    } finally {
      this.#button.disabled = false;
    }
    return undefined;
  }
}
