/** The end of the chat, for everybody; asked once. */
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';

export class HostQuit {
  /** @type {import('./context.js').PageContext} */
  #context;
  #quit;
  #question;
  #no;
  #yes;
  #error = element('p', { class: 'field__error', role: 'alert' });

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#quit = element('button', { type: 'button', class: 'button button--danger', onclick: () => this.#ask(true) }, t('quit.button'));
    this.#no = element('button', { type: 'button', class: 'button', onclick: () => this.#ask(false) }, t('quit.no'));
    this.#yes = element('button', { type: 'button', class: 'button button--danger', onclick: () => void this.#end() }, t('quit.yes'));
    this.#question = element('div', { class: 'host__part', role: 'group', 'aria-label': t('quit.question'), hidden: true },
      element('p', {}, t('quit.question')), element('div', { class: 'dialog__actions' }, this.#no, this.#yes));
    this.element = element('div', { class: 'host__part' }, element('p', {}, t('quit.text')),
      element('div', {}, this.#quit), this.#question, this.#error);
  }

  close() {
    this.element.remove();
  }

  /** @param {boolean} isAsked */
  #ask(isAsked) {
    this.#quit.hidden = isAsked;
    this.#question.hidden = !isAsked;
    (isAsked ? this.#no : this.#quit).focus();
  }

  async #end() {
    this.#yes.disabled = true;
    setText(this.#error, '');
    try {
      await this.#context.host.quit();
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
      this.#yes.disabled = false;
    }
  }
}
