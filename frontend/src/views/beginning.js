/** What stands at the beginning of a room's history: a skeleton, the end of what there is, or in an empty room a welcome. */
import { element, setText } from './element.js';
import { Welcome } from './welcome.js';

export class Beginning {
  /** @type {import('./context.js').PageContext} */
  #context;
  #id;
  /** @type {Welcome | null} */
  #welcome = null;
  element = element('p', { class: 'messages__edge', hidden: true });

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
  }

  /** Nothing has been said here yet. */
  get isWelcome() {
    return this.#welcome !== null;
  }

  close() {
    this.#welcome?.close();
  }

  /** @param {Readonly<import('../types.js').OpenRoom>} room */
  show(room) {
    const { t, store } = this.#context;
    const { name = '', kind = 'public' } = store.rooms.get(this.#id) ?? {};
    const isTrimmed = !room.has_more_before && room.first_seq > 1;
    const atStart = isTrimmed ? t('messages.trimmed') : t(kind === 'direct' ? 'messages.start_direct' : 'messages.start', { room: name });
    this.element.hidden = room.messages.length === 0 && !isTrimmed;
    setText(this.element, room.has_more_before ? t('messages.loading') : atStart);
    this.#showWelcome(room.messages.length + room.pending.length === 0 && room.first_seq === 1 && !room.has_more_before && !room.has_more_after);
  }

  /** Before anything is known of the room. @param {HTMLElement} list */
  showSkeleton(list) {
    this.element.hidden = true;
    const shape = () => element('li', { class: 'skeleton', 'aria-hidden': 'true' },
      element('div', { class: 'skeleton__line skeleton__line--short' }), element('div', { class: 'skeleton__line' }));
    list.replaceChildren(element('li', { class: 'visually-hidden' }, this.#context.t('messages.loading')), shape(), shape(), shape());
  }

  /** @param {boolean} isEmpty */
  #showWelcome(isEmpty) {
    if (isEmpty === this.isWelcome) return;
    this.#welcome?.close();
    this.#welcome = isEmpty ? new Welcome(this.#context, this.#id) : null;
    if (this.#welcome) this.element.after(this.#welcome.element);
  }
}
