/** Short news from the app itself, spoken and shown, gone by itself unless it is an error. */
import { icon } from '../icons.js';
import { element } from './element.js';

/** Milliseconds that news stays; errors stay until they are closed. */
const STAY = 8000;

/** @typedef {import('./context.js').ToastOptions} ToastOptions */

export class Toasts {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('div', { class: 'toasts', role: 'status' });
    context.store.addEventListener('notice', ({ detail: { level, key, values } }) => this.show({ level, words: context.t(`notice.${key}`, values) }),
      { signal: this.#leaving.signal });
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @param {ToastOptions} options */
  show({ words, level = 'info', stay = level === 'info' ? STAY : undefined, action, takesFocus = false, onGone }) {
    const { t } = this.#context;
    if (!action) for (const shown of [...this.element.children]) if (shown.textContent === words) shown.remove();
    const end = () => {
      if (!toast.isConnected) return;
      const hadFocus = toast.contains(document.activeElement);
      toast.remove();
      onGone?.(hadFocus);
    };
    const button = action && element('button', { type: 'button', class: 'button button--quiet', onclick: () => { action.run(); end(); } }, action.label);
    const toast = element('div', { class: level === 'error' ? 'toast is-error' : 'toast' }, element('span', { class: 'toast__words' }, words), button,
      element('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), onclick: end }, icon('close')));
    this.element.append(toast);
    if (takesFocus) button?.focus();
    if (stay !== undefined) setTimeout(end, stay);
  }
}
