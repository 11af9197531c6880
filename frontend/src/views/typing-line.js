/** Who is typing; always of one height, so that nothing moves. */
import { element, setText } from './element.js';

export class TypingLine {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #room;
  #words = element('span', { dir: 'auto' });

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} room its id
   */
  constructor(context, room) {
    this.#context = context;
    this.#room = room;
    this.element = element('p', { class: 'typing-line' }, this.#words);
    if (!context.config.showTypingIndicator) return;
    context.store.addEventListener('typing', ({ detail }) => detail.room === room && this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  #draw() {
    const { store, t } = this.#context;
    const names = store.room(this.#room)?.typing ?? [];
    const [first = '', second = ''] = names;
    const form = ['none', 'one', 'two'][names.length] ?? 'several';
    setText(this.#words, form === 'none' ? '' : t(`typing.${form}`, { first, second }));
  }
}
