/** Puts a backup in the place of everything: a file is chosen, sent with its progress shown, and the server starts anew with it. */
import { element, freshId, setText } from './element.js';
import { errorWords } from './error-words.js';

export class Restore {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #isFirst;
  /** @type {AbortController | null} */
  #sending = null;
  #file;
  #choose;
  #stage = element('div', { class: 'restore__stage' });
  #words = element('p', { class: 'quiet', role: 'status', id: freshId('restore') });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {{isFirst?: boolean}} [options] `isFirst`: there is nothing yet that could be replaced
   */
  constructor(context, { isFirst = false } = {}) {
    const { t } = context;
    this.#context = context;
    this.#isFirst = isFirst;
    this.#file = element('input', { type: 'file', class: 'visually-hidden', accept: '.sqlite3', tabindex: -1, 'aria-hidden': 'true', onchange: () => this.#chosen() });
    this.#choose = element('button', { type: 'button', class: 'button', onclick: () => this.#file.click() }, t('restore.choose'));
    this.element = element('div', { class: 'restore' }, element('p', { class: 'quiet' }, t(isFirst ? 'restore.first_hint' : 'restore.hint')),
      this.#file, element('div', {}, this.#choose), this.#stage, this.#words, this.#error);
  }

  close() {
    this.#sending?.abort();
    this.element.remove();
  }

  #chosen() {
    const file = this.#file.files?.[0];
    // The same file chosen once more is to be a choice too.
    this.#file.value = '';
    if (!file) return;
    setText(this.#error, '');
    if (this.#isFirst) void this.#send(file);
    else this.#ask(file);
  }

  /** @param {File} file */
  #ask(file) {
    const { t } = this.#context;
    const yes = element('button', { type: 'button', class: 'button button--danger', onclick: () => void this.#send(file) }, t('restore.yes'));
    const no = element('button', { type: 'button', class: 'button', onclick: () => this.#reset() }, t('restore.no'));
    this.#show(element('p', {}, t('restore.ask', { file: file.name })), element('div', { class: 'dialog__actions' }, no, yes));
    no.focus();
  }

  /** @param {File} file */
  async #send(file) {
    const { t, host } = this.#context;
    const sending = this.#sending = new AbortController();
    const bar = element('progress', { max: 1, value: 0, class: 'restore__bar', 'aria-label': t('restore.sending', { file: file.name }) });
    const cancel = element('button', { type: 'button', class: 'button', onclick: () => sending.abort() }, t('restore.cancel'));
    this.#show(bar, element('div', {}, cancel));
    cancel.focus();
    setText(this.#words, t('restore.sending', { file: file.name }));
    try {
      await host.restore(file, { signal: sending.signal, onProgress: (part) => this.#progress(bar, cancel, part) });
      this.#show();
      setText(this.#words, t('restore.done'));
    } catch (error) {
      this.#reset();
      setText(this.#error, sending.signal.aborted ? t('restore.cancelled') : errorWords(this.#context, error));
    } finally {
      this.#sending = null;
    }
  }

  /**
   * @param {HTMLProgressElement} bar
   * @param {HTMLElement} cancel
   * @param {number} part
   */
  #progress(bar, cancel, part) {
    if (part < 1) {
      bar.value = part;
      return;
    }
    // All is there, and is being checked: how long that takes is not known, and it cannot be called back.
    bar.removeAttribute('value');
    cancel.hidden = true;
    setText(this.#words, this.#context.t('restore.checking'));
  }

  /** @param {...HTMLElement} stage instead of the button */
  #show(...stage) {
    this.#choose.hidden = true;
    this.#stage.replaceChildren(...stage);
  }

  #reset() {
    this.#stage.replaceChildren();
    setText(this.#words, '');
    this.#choose.hidden = false;
    this.#choose.focus();
  }
}
