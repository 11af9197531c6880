/** What there is to know about a room, and for who may, another name or topic for it, in place. */
import { icon } from '../icons.js';
import { mayChange } from '../lib/rooms.js';
import { element } from './element.js';
import { RoomForm } from './room-form.js';

export class About {
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #id;
  /** @type {RoomForm | null} */
  #form = null;
  /** What is drawn: drawn anew only when it is something else, or a button would lose the focus. */
  #drawn = '';

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
    this.element = element('section', { class: 'details__section' });
    this.draw();
  }

  draw() {
    const { t, store } = this.#context;
    const room = store.rooms.get(this.#id);
    this.element.hidden = room === undefined || room.kind === 'direct';
    if (this.#form || !room || room.kind === 'direct') return;
    const isMine = mayChange(store.me, room) && !room.archived;
    const kind = this.#kindWords(room);
    const drawn = JSON.stringify([room.name, room.topic, kind, isMine]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const edit = element('button', { type: 'button', class: 'button', onclick: () => this.#edit(room) }, icon('edit'), t('details.edit'));
    this.element.replaceChildren(
      element('h3', { class: 'details__name', dir: 'auto' }, room.name),
      ...[room.topic ? element('p', { class: 'details__topic', dir: 'auto' }, room.topic) : '', element('p', { class: 'quiet' }, kind), isMine ? edit : ''].filter((part) => part !== ''));
  }

  /** @param {Readonly<import('../types.js').Room>} room */
  #kindWords({ kind, created_by, archived }) {
    const { t, store, actions } = this.#context;
    const about = t(`details.${kind}`);
    if (created_by !== null) actions.learnNames([created_by]);
    const maker = created_by === null ? null : store.nameOf(created_by);
    const made = created_by === store.me?.user_id ? t('details.made_by_you') : maker === null ? '' : t('details.made_by', { name: maker });
    return [archived ? t('details.archived') : about, made].filter(Boolean).join(' ');
  }

  /** @param {Readonly<import('../types.js').Room>} room */
  #edit({ name, topic }) {
    const { t, rooms, commands } = this.#context;
    this.#form = new RoomForm(this.#context, {
      room: { name, topic }, button: t('details.save'), onCancel: () => this.#done(),
      submit: async (room) => {
        await rooms.change(this.#id, room);
        this.#done();
        commands.announce(t('details.saved'));
      },
    });
    this.#form.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      // The same key would close what stands around.
      event.preventDefault();
      event.stopPropagation();
      this.#done();
    });
    this.element.replaceChildren(this.#form.element);
    this.#form.focus();
  }

  #done() {
    this.#form = null;
    this.#drawn = '';
    this.draw();
    this.element.querySelector('button')?.focus();
  }
}
