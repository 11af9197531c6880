/**
 * How one gets to a message: arrow keys and Tab, the mouse, a long press.
 *
 * One message at a time can be tabbed to, the newest at first; with it its buttons can. Arrow keys move on from there.
 * The toolbar stands on the message under the mouse, else on the one with the focus.
 */
import { canChange, choicesFor, react, storedOf } from './message-actions.js';
import { openMessageMenu } from './message-menu.js';
import { openPicker } from './picker.js';
import { Toolbar } from './toolbar.js';

/** Milliseconds until a press is a long one, and pixels a finger may move meanwhile. */
const LONG_PRESS = 500;
const TREMBLE = 10;

/** @typedef {import('./message.js').MessageRow} MessageRow */

export class ListFocus {
  /** @type {import('./context.js').RoomContext} */
  #context;
  #list;
  #scroller;
  #toolbar;
  /** The one that can be tabbed to. @type {HTMLElement | undefined} */
  #tabbable;
  /** @type {MessageRow | null} */
  #hovered = null;
  /** The focus came by keyboard: only then do letters mean something, for who has clicked on a message may type in vain. */
  #isByKeyboard = false;
  /** @type {{timer: ReturnType<typeof setTimeout>, x: number, y: number} | null} */
  #press = null;

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {import('./messages-list.js').MessagesList} list
   * @param {HTMLElement} scroller
   */
  constructor(context, list, scroller) {
    this.#context = context;
    this.#list = list;
    this.#scroller = scroller;
    this.#toolbar = new Toolbar(context);
    this.#listenToKeys();
    this.#listenToMouse();
    this.#listenToFingers();
  }

  /** The list was drawn. */
  update() {
    if (!this.#tabbable?.isConnected || !this.#tabbable.contains(document.activeElement)) this.#makeTabbable(this.#list.messages().at(-1));
    // It may have got other buttons.
    if (this.#tabbable) setTabIndex(this.#tabbable, 0);
    if (this.#hovered && !this.#hovered.element.isConnected) this.#hovered = null;
    this.#showToolbar();
  }

  /** @param {HTMLElement | undefined} row */
  focus(row) {
    if (!row) return;
    // The mouse may rest on another message, but it is the keyboard that is used.
    this.#hovered = null;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  #showToolbar() {
    // What opened a dialog is still needed when the focus comes back.
    if (document.querySelector('dialog[open]')) return;
    this.#toolbar.show(this.#hovered ?? this.#focused());
  }

  /** The row with the focus, while that is to be seen. */
  #focused() {
    const { activeElement } = document;
    return activeElement?.matches(':focus-visible') ? this.#list.rowAt(activeElement) : null;
  }

  /** @param {HTMLElement | undefined} row */
  #makeTabbable(row) {
    if (row === this.#tabbable) return;
    if (this.#tabbable) setTabIndex(this.#tabbable, -1);
    if (row) setTabIndex(row, 0);
    this.#tabbable = row;
  }

  #listenToKeys() {
    const { element } = this.#list;
    element.addEventListener('focusin', ({ target }) => {
      const row = this.#list.rowAt(target);
      if (!row) return;
      this.#makeTabbable(row.element);
      row.nameForFocus(target === row.element);
      this.#isByKeyboard = row.element.matches(':focus-visible');
      this.#showToolbar();
    });
    element.addEventListener('focusout', ({ target, relatedTarget }) => {
      this.#list.rowAt(target)?.nameForFocus(false);
      // On its way to the toolbar the focus is nowhere for a moment, and the toolbar must wait for it.
      if (!this.#list.rowAt(relatedTarget)) queueMicrotask(() => this.#showToolbar());
    });
    this.#scroller.addEventListener('keydown', (event) => {
      if (event.defaultPrevented || event.isComposing || event.target instanceof HTMLTextAreaElement) return;
      if (this.#onKey(event)) event.preventDefault();
    });
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was ours */
  #onKey(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const row = this.#list.rowAt(target);
    if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) return this.#openMenu(row);
    if (key === 'ArrowUp' || key === 'ArrowDown') return this.#move(row?.element, key === 'ArrowUp' ? -1 : 1);
    if (!row) return false;
    if (key === 'Escape') this.#leave(row, target);
    else if (target !== row.element) return false;
    else if (key === 'Home') this.focus(this.#list.messages()[0]);
    else if (key === 'End') this.focus(this.#list.messages().at(-1));
    else return key === 'Enter' ? this.#openMenu(row) : this.#onLetter(row, key);
    return true;
  }

  /**
   * @param {MessageRow} row
   * @param {string} key
   */
  #onLetter(row, key) {
    if (!this.#isByKeyboard) return false;
    const message = storedOf(row.message);
    const name = /** @type {Record<string, string>} */ ({ r: 'reply', e: 'edit', c: 'copy', l: 'link', Delete: 'delete' })[key];
    const choice = choicesFor(this.#context, row.message).find((each) => each.key === name);
    if (key === '+' && message && canChange(this.#context, message)) {
      openPicker(this.#context, { anchor: row.element, onChoose: (emoji) => react(this.#context, message, emoji, true) });
    } else if (choice) choice.run({ isKeyboard: true });
    else return false;
    return true;
  }

  /** @param {MessageRow | null} row */
  #openMenu(row) {
    if (!row) return false;
    const anchor = this.#toolbar.element.parentElement === row.element ? this.#toolbar.element : row.element;
    openMessageMenu(this.#context, { message: row.message, anchor, isKeyboard: true });
    return true;
  }

  /** From a button to its message, from the message to the composer. */
  #leave(/** @type {MessageRow} */ row, /** @type {EventTarget | null} */ target) {
    if (target === row.element) this.#context.talk.write();
    else this.focus(row.element);
  }

  /**
   * @param {HTMLElement | undefined} from
   * @param {1 | -1} step
   */
  #move(from, step) {
    const rows = this.#list.messages();
    const index = from ? rows.indexOf(from) + step : this.#list.lastVisible(this.#scroller);
    this.focus(rows[index] ?? from);
    return true;
  }

  #listenToMouse() {
    const { element } = this.#list;
    element.addEventListener('pointerover', ({ target, pointerType }) => {
      if (pointerType === 'touch') return;
      const row = this.#list.rowAt(target);
      if (row === this.#hovered) return;
      this.#hovered = row;
      this.#showToolbar();
    });
    element.addEventListener('pointerleave', () => {
      this.#hovered = null;
      this.#showToolbar();
    });
  }

  /** Where the browser tells of a long press itself (`contextmenu`), that comes first; Safari on phones does not. */
  #listenToFingers() {
    const { element } = this.#list;
    const end = () => {
      if (this.#press) clearTimeout(this.#press.timer);
      this.#press = null;
    };
    element.addEventListener('pointerdown', ({ pointerType, target, clientX: x, clientY: y }) => {
      end();
      const row = this.#list.rowAt(target);
      if (pointerType !== 'touch' || !row || isOwnPress(target)) return;
      this.#press = { x, y, timer: setTimeout(() => this.#pressed(row), LONG_PRESS) };
    });
    element.addEventListener('pointermove', ({ clientX, clientY }) => {
      if (this.#press && Math.hypot(clientX - this.#press.x, clientY - this.#press.y) > TREMBLE) end();
    });
    for (const type of ['pointerup', 'pointercancel']) element.addEventListener(type, end);
    this.#scroller.addEventListener('scroll', end, { passive: true });
    element.addEventListener('contextmenu', (event) => {
      const row = this.#list.rowAt(event.target);
      if (!this.#press || !row) return;
      event.preventDefault();
      end();
      this.#pressed(row);
    });
  }

  /** @param {MessageRow} row */
  #pressed(row) {
    this.#press = null;
    swallowClick();
    openMessageMenu(this.#context, { message: row.message, anchor: row.element });
  }
}

/** Lifting the finger would press what has opened under it. */
function swallowClick() {
  const over = new AbortController();
  const { signal } = over;
  const swallow = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('click', swallow, { capture: true, signal });
  // The click follows the lifting at once; another press means that there was none.
  for (const type of ['pointerup', 'pointercancel']) document.addEventListener(type, () => setTimeout(() => over.abort(), 50), { capture: true, signal });
  document.addEventListener('pointerdown', () => over.abort(), { capture: true, signal });
}

/** What does something of its own when it is pressed long: fields and links. @param {EventTarget | null} target */
function isOwnPress(target) {
  return target instanceof Element && target.closest('textarea, a') !== null;
}

/**
 * @param {HTMLElement} row
 * @param {0 | -1} index
 */
function setTabIndex(row, index) {
  row.tabIndex = index;
  for (const inner of row.querySelectorAll('[data-inner]')) if (inner instanceof HTMLElement) inner.tabIndex = index;
}
