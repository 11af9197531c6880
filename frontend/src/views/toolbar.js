/** The quiet toolbar on the message under the mouse or the focus: one for the whole list, which moves. */
import { icon } from '../icons.js';
import { element } from './element.js';
import { canChange, react, storedOf } from './message-actions.js';
import { openMessageMenu } from './message-menu.js';
import { openPicker } from './picker.js';

/** @typedef {import('./message.js').MessageRow} MessageRow */

export class Toolbar {
  /** @type {MessageRow | null} */
  #row = null;
  /** @type {import('./context.js').RoomContext} */
  #context;
  #edit;
  /** What changes something. */
  #changing;

  /** @param {import('./context.js').RoomContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#edit = this.#button('edit', t('actions.edit'), (message) => context.talk.edit(message.id, 'list'));
    const pick = this.#button('react', t('actions.react'), (message, anchor) => openPicker(context, { anchor, onChoose: (emoji) => react(context, message, emoji, true) }));
    const more = this.#button('more', t('actions.more'), (_, anchor, isKeyboard) => this.#row && openMessageMenu(context, { message: this.#row.message, anchor, isKeyboard }));
    this.#changing = [pick, this.#button('reply', t('actions.reply'), (message) => context.talk.reply(message.id)), this.#edit];
    for (const button of [pick, more]) button.setAttribute('aria-haspopup', 'dialog');
    this.element = element('div', { class: 'toolbar', role: 'group', 'aria-label': t('actions.label') },
      ...this.#changing, more);
  }

  /** On this message, if there is something to do with it. @param {MessageRow | null} row */
  show(row) {
    const isUseful = row !== null && !row.isEditing && storedOf(row.message) !== null;
    this.#row = isUseful ? row : null;
    if (!isUseful) return this.element.remove();
    const stored = storedOf(row.message);
    for (const button of this.#changing) button.hidden = stored === null || !canChange(this.#context, stored);
    this.#edit.hidden ||= !row.message.is_own;
    if (this.element.parentElement !== row.element) row.element.append(this.element);
    return undefined;
  }

  /**
   * @param {Parameters<typeof icon>[0]} name
   * @param {string} label
   * @param {(message: import('../types.js').RoomMessage, anchor: HTMLElement, isKeyboard: boolean) => void} run
   */
  #button(name, label, run) {
    const button = element('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label }, icon(name));
    button.addEventListener('click', (event) => {
      const message = this.#row && storedOf(this.#row.message);
      // A click by the keyboard counts none.
      if (message) run(message, button, event.detail === 0);
    });
    return button;
  }
}
