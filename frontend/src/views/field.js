/** A label, a field, what it is for, and what was wrong with what was written in it, tied to it. */
import { icon } from '../icons.js';
import { element, freshId, setAttribute } from './element.js';

/** Code points; the server's rule. */
export const LEAST_PASSWORD = 8;

/**
 * @typedef {object} FieldOptions
 * @property {string} label
 * @property {string} [hint]
 * @property {import('./element.js').Attributes} [attributes] of the input
 * @property {HTMLElement} [beside] a button at the end of the field
 */

export class Field {
  #error;

  /** @param {FieldOptions} options */
  constructor({ label, hint, attributes = {}, beside }) {
    const described = [freshId('error'), ...(hint === undefined ? [] : [freshId('hint')])];
    this.input = element('input', { class: 'field__input', id: freshId('field'), 'aria-describedby': described.join(' '), ...attributes });
    this.#error = element('p', { class: 'field__error', id: String(described[0]), role: 'alert' });
    this.element = element('div', { class: 'field' }, element('label', { class: 'field__label', for: this.input.id }, label),
      beside ? element('div', { class: 'field__with' }, this.input, beside) : this.input,
      hint === undefined ? null : element('p', { class: 'quiet', id: String(described[1]) }, hint), this.#error);
    this.input.addEventListener('input', () => this.refuse());
  }

  get value() {
    return this.input.value;
  }

  /** Say what is wrong, until something else is written; without words, that nothing is. @param {...(string | Node)} words */
  refuse(...words) {
    this.#error.replaceChildren(...words);
    setAttribute(this.input, 'aria-invalid', words.length > 0 ? 'true' : null);
    if (words.length > 0) this.input.focus();
  }
}

/**
 * A field for a password, which can be looked at.
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {{label: string, hint?: string, kind: 'current-password' | 'new-password'}} options
 */
export function passwordField({ t }, { label, hint, kind }) {
  const button = element('button', { type: 'button', class: 'icon-button', 'aria-pressed': 'false', 'aria-label': t('sign_in.show_password'), title: t('sign_in.show_password') }, icon('eye'));
  const field = new Field({
    label, ...(hint === undefined ? {} : { hint }), beside: button,
    attributes: { type: 'password', name: kind, autocomplete: kind, required: true, spellcheck: 'false', autocapitalize: 'off', enterkeyhint: 'go' },
  });
  button.addEventListener('click', () => {
    const isShown = field.input.type === 'password';
    field.input.type = isShown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(isShown));
    button.replaceChildren(icon(isShown ? 'eye_off' : 'eye'));
  });
  return field;
}
