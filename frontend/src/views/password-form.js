/** Sets, changes or removes one's password. */
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { LEAST_PASSWORD, passwordField } from './field.js';
import { waitWords } from './wait.js';

/** @typedef {import('../types.js').ChatErrorShape} ChatErrorShape */

export class PasswordForm {
  /** @type {import('./context.js').PageContext} */
  #context;
  #hasOne;
  #onChange;
  #done = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /**
   * @param {import('./context.js').PageContext} context
   * @param {boolean} hasOne
   * @param {() => void} onChange all other devices are signed out by then
   */
  constructor(context, hasOne, onChange) {
    this.#context = context;
    this.#hasOne = hasOne;
    this.#onChange = onChange;
    this.element = element('div', { class: 'account__body' });
    this.#draw();
  }

  close() {
    this.element.remove();
  }

  /** As it is: whether there is one, and what can be done about that. */
  #draw() {
    const { t } = this.#context;
    const change = element('button', { type: 'button', class: 'button', onclick: () => this.#open() }, t(this.#hasOne ? 'password.change' : 'password.set'));
    const remove = this.#hasOne && element('button', { type: 'button', class: 'button', onclick: () => this.#askToRemove() }, t('password.remove'));
    this.element.replaceChildren(element('p', { class: 'quiet' }, t(this.#hasOne ? 'password.is_set' : 'password.is_none')),
      element('div', { class: 'dialog__actions' }, change, remove || ''), this.#done, this.#error);
    return change;
  }

  #open() {
    const { t, store } = this.#context;
    setText(this.#done, '');
    // Password managers keep a password by the name beside it.
    const name = element('input', { type: 'text', name: 'username', autocomplete: 'username', value: store.me?.username ?? '', readonly: true, hidden: true });
    const current = this.#hasOne ? passwordField(this.#context, { label: t('password.current'), kind: 'current-password' }) : null;
    const next = passwordField(this.#context, { label: t('password.new'), hint: t('password.rule', { count: LEAST_PASSWORD }), kind: 'new-password' });
    const save = element('button', { class: 'button button--primary' }, t('password.save'));
    const cancel = element('button', { type: 'button', class: 'button', onclick: () => this.#draw().focus() }, t('edit.cancel'));
    const form = element('form', { class: 'settings', novalidate: true, onsubmit: (/** @type {Event} */ event) => void this.#submit(event, { current, next, save }) },
      name, current?.element, next.element, element('p', { class: 'quiet' }, t('password.ends_others')), this.#error,
      element('div', { class: 'dialog__actions' }, save, cancel));
    this.element.replaceChildren(form);
    (current ?? next).input.focus();
  }

  /**
   * @param {Event} event
   * @param {{current: import('./field.js').Field | null, next: import('./field.js').Field, save: HTMLButtonElement}} parts
   */
  async #submit(event, { current, next, save }) {
    event.preventDefault();
    const { t, account } = this.#context;
    setText(this.#error, '');
    if (current?.value === '') return current.refuse(t('error.empty_password'));
    if ([...next.value].length < LEAST_PASSWORD) return next.refuse(t('password.rule', { count: LEAST_PASSWORD }));
    save.disabled = true;
    try {
      await account.setPassword(next.value, current?.value);
      this.#became(true, 'password.saved');
    } catch (error) {
      this.#refuse(/** @type {ChatErrorShape} */ (error), { current, next });
    } finally {
      save.disabled = false;
    }
    return undefined;
  }

  /**
   * @param {ChatErrorShape} error
   * @param {{current: import('./field.js').Field | null, next: import('./field.js').Field}} fields
   */
  #refuse(error, { current, next }) {
    const { t } = this.#context;
    const field = error.field === 'password' || current === null ? next : current;
    if (error.code === 'rate_limited') return field.refuse(waitWords(this.#context, { seconds: error.retry_after ?? 1, key: 'error.wait', onEnd: () => field.refuse() }));
    if (error.field === 'current' || (error.code === 'not_identified' && current)) return field.refuse(t('password.wrong'));
    if (error.field === 'password') return next.refuse(error.message);
    return setText(this.#error, personErrorWords(this.#context, error));
  }

  #askToRemove() {
    const { t, account } = this.#context;
    setText(this.#done, '');
    const current = passwordField(this.#context, { label: t('password.current'), kind: 'current-password' });
    confirm(this.#context, {
      title: t('password.remove_title'), text: t('password.remove_text'), yes: t('password.remove_yes'), more: [current.element],
      run: async () => {
        try {
          await account.removePassword(current.value);
        } catch (error) {
          if (/** @type {ChatErrorShape} */ (error).field !== undefined) current.refuse(t('password.wrong'));
          throw error;
        }
      },
      onDone: () => this.#became(false, 'password.removed'),
    });
    current.input.focus();
  }

  /**
   * @param {boolean} hasOne
   * @param {string} words
   */
  #became(hasOne, words) {
    this.#hasOne = hasOne;
    this.#draw().focus();
    setText(this.#done, this.#context.t(words));
    this.#onChange();
  }
}
