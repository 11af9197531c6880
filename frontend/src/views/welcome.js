/** What an empty room says: what it is for, and how to let others in. */
import { element } from './element.js';
import { Invitation } from './invitation.js';

export class Welcome {
  #invitation;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    const { t, store } = context;
    const room = store.rooms.get(id);
    this.#invitation = new Invitation(context);
    this.element = element('section', { class: 'welcome' },
      element('h2', { class: 'welcome__title' }, t('welcome.title', { room: room?.name ?? id })),
      room?.topic ? element('p', { dir: 'auto' }, room.topic) : null,
      element('p', { class: 'welcome__text' }, t('welcome.text')),
      element('p', { class: 'welcome__text' }, t('welcome.invite')),
      this.#invitation.element);
  }

  close() {
    this.#invitation.close();
    this.element.remove();
  }
}
