/** What is left when the host has quit, or when one has given up one's account: the words for it, and the way on. */
import { element } from './element.js';

/**
 * @typedef {object} EndWords
 * @property {string} title
 * @property {string} text
 * @property {string} hint
 * @property {string} button loads the page again
 */

export class Ended {
  #title;

  /**
   * @param {Pick<import('../types.js').ViewContext, 'setTitle'>} context
   * @param {EndWords} words
   */
  constructor({ setTitle }, { title, text, hint, button }) {
    this.#title = element('h1', { class: 'sign-in__title', tabindex: -1 }, title);
    this.element = element('main', { class: 'sign-in' }, element('div', { class: 'sign-in__form' },
      element('header', {}, this.#title, element('p', { class: 'sign-in__lead' }, text)),
      element('p', { class: 'quiet' }, hint),
      element('button', { type: 'button', class: 'button', onclick: () => location.reload() }, button)));
    setTitle(title);
  }

  focus() {
    this.#title.focus();
  }

  close() {
    this.element.remove();
  }
}

/** @param {import('../types.js').Translate} t */
export function quitWords(t) {
  return { title: t('ended.title'), text: t('ended.text'), hint: t('ended.again'), button: t('ended.look') };
}

/**
 * @param {import('../types.js').Translate} t
 * @param {Readonly<import('../types.js').Farewell>} farewell
 */
export function farewellWords(t, { username, messages }) {
  return { title: t('farewell.title', { name: username }), text: t(`farewell.${messages}`), hint: t('farewell.hint', { name: username }), button: t('farewell.again') };
}
