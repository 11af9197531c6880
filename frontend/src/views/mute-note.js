/** Why one cannot write, and until when. */
import { formatWhen } from '../lib/time.js';
import { isMuted } from './badges.js';
import { element, setText } from './element.js';

/** The longest wait of a browser's timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class MuteNote {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #changed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {() => void} changed one can write again, or not any more
   */
  constructor(context, changed) {
    this.#context = context;
    this.#changed = changed;
    this.element = element('p', { class: 'composer__mute', role: 'status' });
    context.store.addEventListener('me', () => this.#look(), { signal: this.#leaving.signal });
    this.#draw();
  }

  get isOn() {
    return isMuted(this.#context.store.me?.muted_until);
  }

  close() {
    this.#leaving.abort();
    clearTimeout(this.#timer);
    this.element.remove();
  }

  #look() {
    this.#draw();
    this.#changed();
  }

  #draw() {
    const { t, store, locale } = this.#context;
    const until = store.me?.muted_until;
    clearTimeout(this.#timer);
    this.element.hidden = !isMuted(until);
    setText(this.element, isMuted(until) ? t('composer.muted', { time: formatWhen(until, locale) }) : '');
    if (isMuted(until)) this.#timer = setTimeout(() => this.#look(), Math.min(LONGEST_TIMER, new Date(until).getTime() - Date.now() + 1));
  }
}
