/** The reactions under a message: one chip for each emoji, with how many chose it and who; pressed, it is one's own. */
import { icon } from '../icons.js';
import { element, setAttribute, setChildren, setText } from './element.js';
import { react } from './message-actions.js';
import { openPicker } from './picker.js';

/** Different ones the server takes on one message. */
const MOST = 20;
/** Names told of one chip; the rest are counted. */
const NAMES = 12;

/** @typedef {import('./context.js').RoomContext} RoomContext */
/** @typedef {import('../types.js').RoomMessage} RoomMessage */

export class Reactions {
  /** @type {RoomContext} */
  #context;
  /** @type {RoomMessage} */
  #message;
  /** By emoji. @type {Map<string, HTMLButtonElement>} */
  #chips = new Map();
  #add;

  /**
   * @param {RoomContext} context
   * @param {RoomMessage} message
   */
  constructor(context, message) {
    const { t } = context;
    this.#context = context;
    this.#message = message;
    this.#add = element('button', {
      type: 'button', class: 'reaction reaction--add', 'data-inner': true, tabindex: -1, 'aria-label': t('actions.react'), title: t('actions.react'),
      'aria-haspopup': 'dialog', onclick: () => openPicker(context, { anchor: this.#add, onChoose: (emoji) => react(context, this.#message, emoji, true) }),
    }, element('span', { class: 'reaction__pill' }, icon('react')));
    this.element = element('div', { class: 'reactions', role: 'group', 'aria-label': t('reactions.label') });
    this.update(message);
  }

  /** @param {RoomMessage} message as it is now; names may have become known */
  update(message) {
    const entries = Object.entries(message.reactions ?? {});
    const focused = this.element.contains(document.activeElement);
    this.#message = message;
    for (const emoji of this.#chips.keys()) if (!message.reactions?.[emoji]) this.#chips.delete(emoji);
    const chips = entries.map(([emoji, people]) => this.#chip(emoji, people));
    setChildren(this.element, [...chips, entries.length < MOST && this.#add]);
    // The chip one has just taken back is gone; its message keeps the focus.
    if (focused && !this.element.contains(document.activeElement)) {
      /** @type {HTMLElement | null} */ (this.element.closest('.message'))?.focus({ preventScroll: true });
    }
    this.#context.actions.learnNames(entries.flatMap(([, people]) => people.slice(0, NAMES)));
  }

  /**
   * @param {string} emoji
   * @param {readonly string[]} people ids
   */
  #chip(emoji, people) {
    const { t, store, locale } = this.#context;
    const chip = this.#chips.get(emoji) ?? this.#makeChip(emoji);
    const isOwn = people.includes(store.me?.user_id ?? '');
    const words = t('reactions.who', { names: this.#names(people), emoji });
    setText(/** @type {Element} */ (chip.querySelector('.reaction__count')), new Intl.NumberFormat(locale).format(people.length));
    setAttribute(chip, 'aria-pressed', String(isOwn));
    setAttribute(chip, 'aria-label', t('reactions.chip', { emoji, count: people.length, names: this.#names(people) }));
    setAttribute(chip, 'title', words);
    return chip;
  }

  /** @param {string} emoji */
  #makeChip(emoji) {
    const chip = element('button', { type: 'button', class: 'reaction', 'data-inner': true, tabindex: -1, onclick: () => react(this.#context, this.#message, emoji) },
      element('span', { class: 'reaction__pill' },
        element('span', { class: 'reaction__emoji' }, emoji), element('span', { class: 'reaction__count' })));
    this.#chips.set(emoji, chip);
    return chip;
  }

  /** Oneself first; those whose names are not known are counted. @param {readonly string[]} people ids */
  #names(people) {
    const { t, store, locale } = this.#context;
    const me = store.me?.user_id ?? '';
    const own = people.includes(me) ? [t('reactions.you')] : [];
    const known = people.filter((id) => id !== me).slice(0, NAMES).flatMap((id) => store.nameOf(id) ?? []);
    const others = people.length - own.length - known.length;
    const parts = [...own, ...known, ...(others > 0 ? [t('presence.others', { count: others })] : [])];
    return new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts);
  }
}
