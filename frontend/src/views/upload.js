/** A file that goes to the server: it is chosen, sent with its progress shown, and worked on there. */
import { element, freshId, setText } from './element.js';
import { errorWords } from './error-words.js';

/** @typedef {import('../upkeep-types.js').Sending} Sending */

/**
 * @typedef {object} UploadOptions
 * @property {string} group of the catalogue: `choose`, `sending`, `checking`, `cancel`, `cancelled`
 * @property {string} hint
 * @property {string} accept as an input has it
 * @property {(file: File) => void} onFile
 */

export class Upload {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #group;
  /** @type {AbortController | null} */
  #sending = null;
  #file;
  #choose;
  #stage = element('div', { class: 'restore__stage' });
  #words = element('p', { class: 'quiet', role: 'status', id: freshId('upload') });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {UploadOptions} options
   */
  constructor(context, { group, hint, accept, onFile }) {
    this.#context = context;
    this.#group = group;
    this.#file = element('input', { type: 'file', class: 'visually-hidden', accept, tabindex: -1, 'aria-hidden': 'true', onchange: () => this.#chosen(onFile) });
    this.#choose = element('button', { type: 'button', class: 'button', onclick: () => this.#file.click() }, this.#t('choose'));
    this.element = element('div', { class: 'restore' }, element('p', { class: 'quiet' }, hint),
      this.#file, element('div', {}, this.#choose), this.#stage, this.#words, this.#error);
  }

  close() {
    this.#sending?.abort();
    this.element.remove();
  }

  /** Something is on its way. */
  get isBusy() {
    return this.#sending !== null;
  }

  /** @param {string} words */
  say(words) {
    setText(this.#words, words);
  }

  /** @param {...HTMLElement} stage instead of the button */
  show(...stage) {
    setText(this.#error, '');
    this.#choose.hidden = true;
    this.#stage.replaceChildren(...stage);
  }

  /** Another file may be chosen. @param {...HTMLElement} stage what stays beside the button */
  reset(...stage) {
    this.#stage.replaceChildren(...stage);
    this.say('');
    this.#choose.hidden = false;
    this.#choose.focus();
  }

  /**
   * A question that stands in the button's place, with the harmless answer first.
   * @param {{text: string, yes: string, no: string, run: () => void}} question
   */
  ask({ text, yes, no, run }) {
    const leave = element('button', { type: 'button', class: 'button', onclick: () => this.reset() }, no);
    this.say('');
    this.show(element('p', {}, text), element('div', { class: 'dialog__actions' }, leave,
      element('button', { type: 'button', class: 'button button--danger', onclick: run }, yes)));
    leave.focus();
  }

  /**
   * Shows how far something is. Its own error is told here, unless `refused` has taken it.
   * @template T
   * @param {string} file
   * @param {(sending: Sending) => Promise<T>} task
   * @param {{refused?: (error: import('../types.js').ChatErrorShape) => boolean, isSent?: boolean}} [options] `isSent`: the
   *   server has it already
   * @returns {Promise<T | undefined>} undefined: it failed
   */
  async send(file, task, { refused = () => false, isSent = false } = {}) {
    const sending = this.#sending = new AbortController();
    const bar = element('progress', { max: 1, value: 0, class: 'restore__bar', 'aria-label': this.#t('sending', { file }) });
    const cancel = element('button', { type: 'button', class: 'button', onclick: () => sending.abort() }, this.#t('cancel'));
    this.show(bar, element('div', {}, cancel));
    cancel.focus();
    this.say(this.#t('sending', { file }));
    if (isSent) this.#progress(bar, cancel, 1);
    try {
      return await task({ signal: sending.signal, onProgress: (part) => this.#progress(bar, cancel, part) });
    } catch (caught) {
      const error = /** @type {import('../types.js').ChatErrorShape} */ (caught);
      if (refused(error)) return undefined;
      this.reset();
      setText(this.#error, sending.signal.aborted ? this.#t('cancelled') : errorWords(this.#context, error));
      return undefined;
    } finally {
      this.#sending = null;
    }
  }

  /**
   * How far the server is with what it has.
   * @param {number} part from 0 to 1
   */
  progress(part) {
    const bar = this.#stage.querySelector('progress');
    if (bar) bar.value = part;
  }

  /** @param {(file: File) => void} onFile */
  #chosen(onFile) {
    const file = this.#file.files?.[0];
    // The same file chosen once more is to be a choice too.
    this.#file.value = '';
    if (!file) return;
    setText(this.#error, '');
    onFile(file);
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
    // All is there, and is being worked on: how long that takes is not known, and it cannot be called back.
    bar.removeAttribute('value');
    cancel.hidden = true;
    this.say(this.#t('checking'));
  }

  /**
   * @param {string} key
   * @param {Record<string, string>} [values]
   */
  #t(key, values) {
    return this.#context.t(`${this.#group}.${key}`, values);
  }
}
