/** How long a room keeps what is said there, and the ways to a copy of it and, for who may, to another choice. */
import { icon } from '../icons.js';
import { keepsWords } from '../lib/keeping.js';
import { mayChange } from '../lib/rooms.js';
import { element, setText } from './element.js';

export class Kept {
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #id;
  #words = element('p', { class: 'quiet' });
  #save;
  #change;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    const { t, commands } = context;
    this.#context = context;
    this.#id = id;
    this.#save = button('download', t('kept.save'), () => commands.saveCopy(id));
    this.#change = button('history', t('kept.change'), () => commands.keep(id));
    this.element = element('section', { class: 'details__section', hidden: true },
      element('h3', {}, t('kept.title')), this.#words, element('p', { class: 'people__links' }, this.#save, this.#change));
    this.draw();
  }

  draw() {
    const { t, store, config } = this.#context;
    const room = store.rooms.get(this.#id);
    this.element.hidden = room === undefined;
    if (!room) return;
    setText(this.#words, [keepsWords(t, room.keeps), ...(room.keeps.held ? [t('kept.held')] : [])].join(' '));
    // From another origin no cookie speaks for us, and what is not everybody's cannot be had by a link.
    this.#save.hidden = config.serverUrl !== '' && room.kind !== 'public';
    this.#change.hidden = !mayChange(store.me, room);
  }
}

/**
 * @param {'download' | 'history'} picture
 * @param {string} words
 * @param {() => void} onclick
 */
function button(picture, words, onclick) {
  return element('button', { type: 'button', class: 'button', onclick }, icon(picture), words);
}
