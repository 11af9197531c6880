/** A dialog of the platform: keeps the focus inside, closes on Esc and on a click beside it, gives the focus back. */
import { icon } from '../icons.js';
import { element, freshId } from './element.js';

/**
 * @typedef {object} DialogOptions
 * @property {string} title
 * @property {string} [class] of the block inside
 * @property {boolean} [isBare] without a visible head
 * @property {boolean} [isFirm] stays until `close` is called: no Esc, no way past it
 * @property {() => void} [onClose]
 */

export class Dialog {
  #opener = document.activeElement;

  /**
   * Shows it at once.
   * @param {Pick<import('../types.js').ViewContext, 't'>} context
   * @param {DialogOptions} options
   * @param {...HTMLElement} content
   */
  constructor({ t }, options, ...content) {
    const id = freshId('dialog');
    const title = element('h2', { class: options.isBare ? 'visually-hidden' : 'dialog__title', id }, options.title);
    const close = element('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), onclick: () => this.close() }, icon('close'));
    const head = options.isBare ? title : element('header', { class: 'dialog__head' }, title, options.isFirm ? null : close);
    const body = options.isBare ? content : [element('div', { class: 'dialog__body' }, ...content)];
    this.element = element('dialog', { class: `dialog ${options.class ?? ''}`.trim(), 'aria-labelledby': id }, head, ...body);
    this.#listen(options);
    document.body.append(this.element);
    this.element.showModal();
  }

  close() {
    this.element.close();
  }

  /** Where it was opened; when that has gone meanwhile, the dialog in which it was. @returns {HTMLElement | null} */
  #backTo() {
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected && this.#opener.getClientRects().length > 0) return this.#opener;
    return [...document.querySelectorAll('dialog[open]')].at(-1)?.querySelector('[role="tabpanel"], button') ?? null;
  }

  /** @param {DialogOptions} options */
  #listen({ isFirm, onClose }) {
    this.element.addEventListener('cancel', (event) => isFirm && event.preventDefault());
    // Some browsers close on a second Esc even so; only a key that never arrives is safe.
    this.element.addEventListener('keydown', (event) => isFirm && event.key === 'Escape' && event.preventDefault());
    this.element.addEventListener('pointerdown', (event) => {
      if (!isFirm && event.target === this.element && !isInside(event, this.element)) this.close();
    });
    this.element.addEventListener('close', () => {
      this.element.remove();
      // The browser has given the focus back already, and this event comes late: who has moved on since is left there.
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost) this.#backTo()?.focus({ preventScroll: true });
      takeCaretBack();
      onClose?.();
    });
  }
}

/** Chromium gives back the focus without the caret. Where copying on plain http has moved that away, keys would go nowhere. */
function takeCaretBack() {
  const focused = document.activeElement;
  if (focused instanceof HTMLTextAreaElement) focused.setSelectionRange(focused.selectionStart, focused.selectionEnd);
}

/**
 * @param {PointerEvent} event
 * @param {Element} target
 */
function isInside({ clientX, clientY }, target) {
  const box = target.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
