/** A dialog beside what it belongs to; on a phone a sheet at the foot of the page. */
import { Dialog } from './dialog.js';

/** Pixels between the dialog and what it belongs to, and the edges of the page. */
const GAP = 4;
const MARGIN = 8;

/**
 * Opens a dialog with a hidden title beside `anchor`: below it where there is space, else above, its end at the end of the anchor.
 * @param {import('./context.js').PageContext} context
 * @param {{title: string, class: string, anchor: Element | DOMRect}} options a box stands for an anchor that will be gone
 * @param {...HTMLElement} content
 */
export function openPopover(context, options, ...content) {
  // The dialog takes the focus, and what shows only with it (a toolbar) might take its measures along.
  const box = options.anchor instanceof Element ? options.anchor.getBoundingClientRect() : options.anchor;
  const dialog = new Dialog(context, { title: options.title, class: `popover ${options.class}`, isBare: true }, ...content);
  place(dialog.element, box);
  return dialog;
}

/**
 * Where it stands is told as custom properties, which popover.css heeds where the page is wide enough.
 * @param {HTMLElement} dialog
 * @param {DOMRect} box of the anchor
 */
function place(dialog, box) {
  const { width, height } = dialog.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(dialog).direction === 'rtl';
  const left = isRightToLeft ? box.left : box.right - width;
  const below = box.bottom + GAP;
  const top = below + height + MARGIN <= innerHeight ? below : box.top - GAP - height;
  dialog.style.setProperty('--popover-left', `${clamp(left, innerWidth - width)}px`);
  dialog.style.setProperty('--popover-top', `${clamp(top, innerHeight - height)}px`);
}

/**
 * @param {number} value
 * @param {number} most
 */
function clamp(value, most) {
  return Math.round(Math.max(MARGIN, Math.min(value, most - MARGIN)));
}
