/** Short news from the app itself, spoken and shown, gone by itself unless it is an error. */
import { icon } from '../icons.js';
import { element } from './element.js';

/** Milliseconds that news stays; errors stay until they are closed. */
const STAY = 8000;

export class Toasts {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('div', { class: 'toasts', role: 'status' });
    context.store.addEventListener('notice', ({ detail }) => this.#show(detail), { signal: this.#leaving.signal });
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @param {import('../types.js').Notice} notice */
  #show({ level, key, values }) {
    const { t } = this.#context;
    const words = t(`notice.${key}`, values);
    for (const shown of [...this.element.children]) if (shown.textContent === words) shown.remove();
    const toast = element('div', { class: level === 'error' ? 'toast is-error' : 'toast' }, element('span', {}, words),
      element('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), onclick: () => toast.remove() }, icon('close')));
    this.element.append(toast);
    if (level === 'info') setTimeout(() => toast.remove(), STAY);
  }
}
