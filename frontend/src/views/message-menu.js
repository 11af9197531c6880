/** Everything one can do with a message: a menu beside it, on a phone a sheet. */
import { icon } from '../icons.js';
import { element } from './element.js';
import { canChange, choicesFor, react, storedOf } from './message-actions.js';
import { frequentRow, openPicker } from './picker.js';
import { openPopover } from './popover.js';

/** Emojis in the first row. */
const QUICK = 6;

/** @typedef {import('./context.js').RoomContext} RoomContext */
/** @typedef {import('./timeline.js').ShownMessage} ShownMessage */

/**
 * @param {RoomContext} context
 * @param {{message: ShownMessage, anchor: Element, isKeyboard?: boolean}} options
 */
export function openMessageMenu(context, { message, anchor, isKeyboard = false }) {
  const stored = storedOf(message);
  if (!stored || document.querySelector('dialog[open]')) return;
  const box = anchor.getBoundingClientRect();
  const close = () => dialog.close();
  const buttons = choicesFor(context, message).map((choice) => element('button', {
    type: 'button', class: `menu__choice${choice.key === 'delete' ? ' is-danger' : ''}`,
    onclick: () => {
      close();
      choice.run({ isKeyboard });
    },
  }, icon(choice.key), choice.label));
  const row = canChange(context, stored) ? [quickReactions(context, stored, { anchor: box, close })] : [];
  const list = element('div', { class: 'menu__choices' }, ...buttons);
  const dialog = openPopover(context, { title: context.t('actions.menu', { author: stored.username }), class: 'menu', anchor: box }, ...row, list);
  dialog.element.addEventListener('keydown', (event) => walkMenu(dialog.element, event));
  // The key that has opened it tells of itself once more when it is let go.
  dialog.element.addEventListener('contextmenu', (event) => event.preventDefault());
  if (isKeyboard) buttons[0]?.focus();
}

/**
 * @param {RoomContext} context
 * @param {import('../types.js').RoomMessage} message
 * @param {{anchor: DOMRect, close: () => void}} around
 */
function quickReactions(context, message, { anchor, close }) {
  const me = context.store.me?.user_id ?? '';
  const { element: row, more } = frequentRow(context, {
    count: QUICK,
    isPressed: (emoji) => message.reactions?.[emoji]?.includes(me) ?? false,
    onChoose: (emoji) => {
      close();
      react(context, message, emoji);
    },
    onMore: () => {
      close();
      void openPicker(context, { anchor, onChoose: (emoji) => react(context, message, emoji, true) });
    },
  });
  more.append(icon('react'));
  return row;
}

/**
 * Arrow keys go through the buttons in order, in a ring.
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
export function walkMenu(menu, event) {
  const isRightToLeft = getComputedStyle(menu).direction === 'rtl';
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: isRightToLeft ? -1 : 1, ArrowLeft: isRightToLeft ? 1 : -1 }[event.key];
  if (!step) return;
  const buttons = [...menu.querySelectorAll('button')];
  const index = buttons.findIndex((button) => button === document.activeElement);
  buttons[(index + step + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}
