/** Speaks new messages of the current room to screen readers: one hidden live region, apart from the list. */
import { plainText } from '../lib/markdown.js';
import { element } from './element.js';

/** Lines kept; a live region needs only the newest. */
const KEPT = 10;

export class Announcer {
  #leaving = new AbortController();
  element = element('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });

  /** @param {import('../types.js').ViewContext} context */
  constructor({ store, t }) {
    const { signal } = this.#leaving;
    store.addEventListener('arrived', ({ detail: { message, own, mention } }) => {
      if (own || message.room !== store.current) return;
      const text = plainText(message.message);
      this.say(mention ? t('message.spoken_mention', { author: message.username, text }) : `${message.username}: ${text}`);
    }, { signal });
    store.addEventListener('messages', ({ detail }) => {
      if (detail.change !== 'pending') return;
      if (store.room(detail.room)?.pending.some((message) => message.state === 'failed')) this.say(t('message.failed', { reason: '' }).trim());
    }, { signal });
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @param {string} words */
  say(words) {
    this.element.append(element('p', {}, words));
    while (this.element.childElementCount > KEPT) this.element.firstElementChild?.remove();
  }
}
