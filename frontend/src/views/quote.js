/** The folded quote of a message that is answered: one line, author and words; pressed, it leads to its source. */
import { plainText } from '../lib/markdown.js';
import { element, setAttribute, setChildren } from './element.js';

/** Characters of the source that can come into one line. */
const LONGEST = 200;

/** @typedef {import('./context.js').RoomContext} RoomContext */
/** @typedef {import('../types.js').RoomMessage} RoomMessage */

export class Quote {
  /** @type {RoomContext} */
  #context;
  #id;
  #isAsked = false;
  /** What is shown now. @type {RoomMessage | null | undefined} */
  #shown;

  /**
   * @param {RoomContext} context
   * @param {string} id of the source
   */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
    this.element = element('button', { type: 'button', class: 'quote', 'data-inner': true, tabindex: -1, onclick: () => void this.#jump() });
    this.#draw();
    this.update();
  }

  /** Look again: the source may have been changed, or have become known. */
  update() {
    const source = this.#context.actions.knownMessage(this.#id);
    if (source === undefined) void this.#ask();
    else if (source !== this.#shown) {
      this.#shown = source;
      this.#draw();
    }
  }

  /** Where the server cannot be reached it is asked again at the next drawing. */
  async #ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      this.#shown = await this.#context.actions.message(this.#id);
      this.#draw();
    } catch {
      this.#isAsked = false;
    }
  }

  #draw() {
    const { t } = this.#context;
    const words = quoteLine(this.#context, this.#shown);
    const hidden = element('span', { class: 'visually-hidden' }, t('quote.spoken'));
    setChildren(this.element, [hidden, ...words]);
    setAttribute(this.element, 'title', this.#shown ? t('quote.jump') : null);
    setAttribute(this.element, 'aria-disabled', this.#shown ? null : 'true');
  }

  async #jump() {
    const { t, actions, commands } = this.#context;
    if (!this.#shown) return;
    if (!(await actions.jumpTo(this.#shown.seq))) commands.toast({ words: t('quote.unreachable') });
  }
}

/**
 * Author and words of a quoted message, in one line.
 * @param {import('./context.js').PageContext} context
 * @param {RoomMessage | null | undefined} source null: no longer kept; undefined: not known yet
 */
export function quoteLine({ t }, source) {
  if (source === undefined) return [element('span', { class: 'quote__gone' }, t('quote.loading'))];
  if (source === null) return [element('span', { class: 'quote__gone' }, t('quote.trimmed'))];
  return [
    element('strong', { class: 'quote__author', dir: 'auto' }, source.username),
    source.deleted
      ? element('span', { class: 'quote__gone' }, t('message.deleted'))
      : element('span', { class: 'quote__text', dir: 'auto' }, plainText(source.message).slice(0, LONGEST)),
  ];
}
