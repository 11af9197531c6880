/** Asks what a room is called and what it is about, and says what was wrong with it, tied to the field. */
import { element, freshId, setAttribute, setText } from './element.js';
import { errorWords } from './error-words.js';

/** The server's limits, in characters. */
const LONGEST_NAME = 64;
const LONGEST_TOPIC = 250;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {{input: HTMLInputElement, error: HTMLElement, element: HTMLElement}} Field */

/**
 * @typedef {object} RoomFormOptions
 * @property {{name: string, topic: string}} room to begin with
 * @property {string} button
 * @property {HTMLElement} [more] between the fields and the button
 * @property {() => void} [onCancel] with it there is a second button
 * @property {(room: {name: string, topic: string}) => Promise<void>} submit Rejects with a `ChatErrorShape`.
 */

export class RoomForm {
  /** @type {PageContext} */
  #context;
  #options;
  #fields;
  #error = element('p', { class: 'field__error', role: 'alert' });
  #button;

  /**
   * @param {PageContext} context
   * @param {RoomFormOptions} options
   */
  constructor(context, options) {
    const { t } = context;
    const { room, button, more, onCancel } = options;
    this.#context = context;
    this.#options = options;
    this.#fields = {
      name: field({ label: t('room_form.name'), value: room.name, most: LONGEST_NAME }),
      topic: field({ label: t('room_form.topic'), value: room.topic, most: LONGEST_TOPIC }),
    };
    this.#button = element('button', { class: 'button button--primary' }, button);
    const cancel = onCancel && element('button', { type: 'button', class: 'button', onclick: onCancel }, t('room_form.cancel'));
    this.element = element('form', { class: 'room-form', novalidate: true, onsubmit: (event) => void this.#submit(event) },
      this.#fields.name.element, this.#fields.topic.element, more, this.#error, element('div', { class: 'dialog__actions' }, this.#button, cancel));
  }

  focus() {
    this.#fields.name.input.focus();
    this.#fields.name.input.select();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const { name, topic } = this.#fields;
    this.#refuse(null, '');
    if (name.input.value.trim() === '') return this.#refuse(name, this.#context.t('room_form.empty_name'));
    this.#button.disabled = true;
    try {
      await this.#options.submit({ name: name.input.value.trim(), topic: topic.input.value.trim() });
    } catch (error) {
      this.#showError(/** @type {import('../types.js').ChatErrorShape} */ (error));
    } finally {
      this.#button.disabled = false;
    }
    return undefined;
  }

  /** @param {import('../types.js').ChatErrorShape} error */
  #showError(error) {
    const { t } = this.#context;
    const { name, topic } = this.#fields;
    const words = error.code === 'taken' ? t('room_form.taken') : errorWords(this.#context, error, 'notice.no_room');
    const wrong = error.code === 'taken' || error.field === 'name' ? name : error.field === 'topic' ? topic : null;
    this.#refuse(wrong, words);
  }

  /**
   * @param {Field | null} wrong null: none of the fields, or all is well
   * @param {string} words
   */
  #refuse(wrong, words) {
    for (const each of Object.values(this.#fields)) {
      setText(each.error, each === wrong ? words : '');
      setAttribute(each.input, 'aria-invalid', each === wrong ? 'true' : null);
    }
    setText(this.#error, wrong ? '' : words);
    wrong?.input.focus();
    return undefined;
  }
}

/**
 * @param {{label: string, value: string, most: number}} options
 * @returns {Field}
 */
function field({ label, value, most }) {
  const id = freshId('room');
  const error = element('p', { class: 'field__error', id: `${id}-error`, role: 'alert' });
  const input = element('input', { class: 'field__input', id, dir: 'auto', autocomplete: 'off', maxlength: most, enterkeyhint: 'done', 'aria-describedby': error.id });
  input.value = value;
  return { input, error, element: element('div', { class: 'field' }, element('label', { class: 'field__label', for: id }, label), input, error) };
}
