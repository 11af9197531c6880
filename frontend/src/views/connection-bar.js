/** Appears one second after the server was lost, says when it is tried again, and goes when everything was caught up. */
import { element, setText } from './element.js';

/** Milliseconds offline before the bar appears (interface). */
const PATIENCE = 1000;
const TICK = 1000;

export class ConnectionBar {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #words = element('span', { role: 'status' });
  #when = element('span', { class: 'connection-bar__when' });
  #retry;
  #body;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Since when the view has been behind the server, ms since the epoch; null: it is not. @type {number | null} */
  #behindSince = null;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, actions, store, config } = context;
    this.#context = context;
    this.#retry = element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.retryConnection() }, t('connection.retry'));
    this.#body = element('div', { class: 'connection-bar__body', hidden: true }, this.#words, this.#when, this.#retry);
    this.element = element('div', { class: 'connection-bar' }, this.#body);
    if (!config.showConnectionStatus) return;
    store.addEventListener('connection', () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    clearTimeout(this.#timer);
    this.element.remove();
  }

  #draw() {
    clearTimeout(this.#timer);
    const { status, caughtUp, since } = this.#context.store.connection;
    const isBehind = status === 'offline' || status === 'connecting' || (status === 'online' && !caughtUp);
    this.#behindSince = isBehind ? (this.#behindSince ?? since) : null;
    const remaining = this.#behindSince === null ? 0 : this.#behindSince + PATIENCE - Date.now();
    const isShown = isBehind && (remaining <= 0 || !this.#body.hidden);
    this.#body.hidden = !isShown;
    this.#speak(isShown);
    if (isBehind) this.#timer = setTimeout(() => this.#draw(), isShown ? TICK : remaining);
  }

  /** @param {boolean} isShown */
  #speak(isShown) {
    const { t, store } = this.#context;
    const { status, retryAt } = store.connection;
    const isLost = status !== 'online';
    this.#retry.hidden = !isLost;
    if (!isShown) return setText(this.#words, '');
    setText(this.#words, t(isLost ? 'connection.lost' : 'connection.catching_up'));
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    const when = seconds > 0 ? t('connection.when', { count: seconds }) : t('connection.now');
    return setText(this.#when, isLost ? when : '');
  }
}
