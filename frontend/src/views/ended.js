/** What is left when the host has quit: the words that it has, and how to begin again. */
import { element } from './element.js';

export class Ended {
  #title;

  /** @param {import('../types.js').ViewContext} context */
  constructor({ t, setTitle }) {
    this.#title = element('h1', { class: 'sign-in__title', tabindex: -1 }, t('ended.title'));
    this.element = element('main', { class: 'sign-in' }, element('div', { class: 'sign-in__form' },
      element('header', {}, this.#title, element('p', { class: 'sign-in__lead' }, t('ended.text'))),
      element('p', { class: 'quiet' }, t('ended.again')),
      element('button', { type: 'button', class: 'button', onclick: () => location.reload() }, t('ended.look'))));
    setTitle(t('ended.title'));
  }

  focus() {
    this.#title.focus();
  }

  close() {
    this.element.remove();
  }
}
