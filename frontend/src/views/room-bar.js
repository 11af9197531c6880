/** What stands in the composer's place where nothing can be written: the way back into a room that was left, or that it is archived. */
import { isAlive, mayChange } from '../lib/rooms.js';
import { element, setText } from './element.js';
import { archive } from './room-actions.js';

export class RoomBar {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #room;
  #words = element('p', { class: 'room-bar__words' });
  #button;
  #changed;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} room its id
   * @param {(isClosed: boolean) => void} changed told whether it stands there, at first and whenever that changes
   */
  constructor(context, room, changed) {
    this.#context = context;
    this.#room = room;
    this.#changed = changed;
    this.#button = element('button', { type: 'button', class: 'button', onclick: () => void this.#act() });
    this.element = element('div', { class: 'room-bar', hidden: true }, this.#words, this.#button);
    for (const type of /** @type {const} */ (['rooms', 'me'])) context.store.addEventListener(type, () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @returns {boolean} false: it does not stand there, or has nothing to press */
  focus() {
    if (this.element.hidden || this.#button.hidden) return false;
    this.#button.focus();
    return true;
  }

  #draw() {
    const { t, store } = this.#context;
    const room = store.rooms.get(this.#room);
    const isClosed = room !== undefined && !isAlive(store, room);
    const isLeft = store.isLeft(this.#room);
    const hadFocus = this.element.contains(document.activeElement);
    if (isClosed) {
      setText(this.#words, t(room.archived ? 'room_bar.archived' : 'room_bar.left'));
      setText(this.#button, t(room.archived ? 'details.take_up' : 'room_bar.join'));
      this.#button.hidden = room.archived && !mayChange(store.me, room);
      this.#button.classList.toggle('button--primary', isLeft && !room.archived);
    }
    this.element.hidden = !isClosed;
    this.#changed(isClosed);
    if (hadFocus && !isClosed) this.#context.commands.write();
  }

  async #act() {
    const { store, rooms } = this.#context;
    this.#button.disabled = true;
    if (store.rooms.get(this.#room)?.archived) await archive(this.#context, this.#room, false);
    else await rooms.join(this.#room);
    this.#button.disabled = false;
  }
}
