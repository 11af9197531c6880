/** The message that the next one answers, quoted over the composer until it is sent or let go. */
import { icon } from '../icons.js';
import { element, setChildren } from './element.js';
import { quoteLine } from './quote.js';

export class ReplyBar {
  #leaving = new AbortController();
  /** @type {import('./context.js').RoomContext} */
  #context;
  #room;
  #close;
  #line = element('p', { class: 'reply-bar__line' });
  element;

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {string} room its id
   * @param {() => void} ended told when the person has let go of it by its button
   */
  constructor(context, room, ended) {
    const { t, store } = context;
    this.#context = context;
    this.#room = room;
    this.#close = element('button', {
      type: 'button', class: 'icon-button', 'aria-label': t('reply.cancel'), title: t('reply.cancel'),
      onclick: () => {
        this.end();
        ended();
      },
    }, icon('close'));
    this.element = element('div', { class: 'reply-bar', role: 'group', 'aria-label': t('reply.label'), hidden: true }, icon('reply'), this.#line, this.#close);
    store.addEventListener('messages', ({ detail }) => detail.room === room && this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** Id of the message; null: none is answered. */
  get id() {
    return this.#context.begun.replies.get(this.#room) ?? null;
  }

  /** @param {string} id */
  show(id) {
    const { t, begun, actions, commands } = this.#context;
    begun.replies.set(this.#room, id);
    this.#draw();
    commands.announce(t('reply.to', { author: actions.knownMessage(id)?.username ?? '' }));
  }

  /** @returns {boolean} whether there was one */
  end() {
    const had = this.#context.begun.replies.delete(this.#room);
    this.#draw();
    return had;
  }

  #draw() {
    const { id } = this;
    this.element.hidden = id === null;
    if (id === null) return;
    const { t, actions } = this.#context;
    const [author, ...words] = quoteLine(this.#context, actions.knownMessage(id));
    setChildren(this.#line, [element('span', { class: 'reply-bar__to' }, t('reply.words'), ' ', author), ' ', ...words]
      .map((part) => (typeof part === 'string' ? document.createTextNode(part) : part)));
  }
}
