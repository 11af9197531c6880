/** The rows of a conversation, kept in step with its timeline: rows that stay keep their node. */
import { formatDay } from '../lib/time.js';
import { element } from './element.js';
import { MessageRow } from './message.js';

/** Names in one quiet line; the rest are counted. */
const NAMES_SHOWN = 3;

/** @typedef {import('./timeline.js').Entry} Entry */
/** @typedef {{element: HTMLElement, update(entry: Entry): void, message?: MessageRow}} Row */

export class MessagesList {
  /** @type {import('./context.js').RoomContext} */
  #context;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {WeakMap<Element, MessageRow>} */
  #messageRows = new WeakMap();

  /** @param {import('./context.js').RoomContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('ol', { class: 'messages__list' });
  }

  /** @param {readonly Entry[]} entries */
  show(entries) {
    const kept = new Set(entries.map((entry) => entry.key));
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    let next = this.element.firstElementChild;
    for (const entry of entries) {
      const row = this.#rowOf(entry);
      if (row.element === next) next = next.nextElementSibling;
      else this.element.insertBefore(row.element, next);
    }
  }

  /** The stored messages' rows, in order; each carries its `seq` in `dataset.seq`. @returns {HTMLElement[]} */
  messages() {
    return [...this.element.querySelectorAll('li[data-seq]')].filter((row) => row instanceof HTMLElement);
  }

  /** The message in or around which something happened. @param {EventTarget | null} target @returns {MessageRow | null} */
  rowAt(target) {
    const row = target instanceof Element ? target.closest('.messages__list > .message') : null;
    return (row && this.#messageRows.get(row)) ?? null;
  }

  /** @param {string} id of a stored message @returns {MessageRow | undefined} */
  rowOf(id) {
    return [...this.#rows.values()].find(({ message }) => message && 'id' in message.message.source && message.message.source.id === id)?.message;
  }

  /** The stored message at `seq`, else the nearest one. @param {number} seq @returns {MessageRow | null} */
  rowNear(seq) {
    const distance = (/** @type {HTMLElement} */ row) => Math.abs(Number(row.dataset['seq']) - seq);
    const [first, ...others] = this.messages();
    const nearest = first && others.reduce((best, row) => (distance(row) < distance(best) ? row : best), first);
    return this.rowAt(nearest ?? null);
  }

  /** Index of the newest of `messages()` whose end can be seen in the scroller; -1 when there is none. @param {Element} scroller */
  lastVisible(scroller) {
    const bottom = scroller.getBoundingClientRect().bottom + 1;
    const rows = this.messages();
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) <= bottom) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** @returns {HTMLElement | undefined} */
  unreadLine() {
    return this.#rows.get('unread')?.element;
  }

  /** @param {Entry} entry */
  #rowOf(entry) {
    const found = this.#rows.get(entry.key);
    if (found) {
      found.update(entry);
      return found;
    }
    const made = this.#make(entry);
    this.#rows.set(entry.key, made);
    return made;
  }

  /** @param {Entry} entry @returns {Row} */
  #make(entry) {
    const { t, locale } = this.#context;
    if (entry.kind === 'message') {
      const row = new MessageRow(this.#context, entry);
      this.#messageRows.set(row.element, row);
      return { element: row.element, message: row, update: (changed) => changed.kind === 'message' && row.update(changed) };
    }
    if (entry.kind === 'presence') return this.#presenceRow(entry);
    const words = entry.kind === 'day' ? formatDay(entry.at, locale) : t('messages.new');
    return fixedRow(element('li', { class: entry.kind === 'day' ? 'day' : 'unread-line' }, element('span', {}, words)));
  }

  /** @param {Extract<Entry, {kind: 'presence'}>} entry @returns {Row} */
  #presenceRow(entry) {
    const words = element('span', { dir: 'auto' }, this.#presenceWords(entry));
    return {
      element: element('li', { class: 'presence-line' }, words),
      update: (changed) => {
        if (changed.kind === 'presence') words.textContent = this.#presenceWords(changed);
      },
    };
  }

  /** @param {{joined: string[], left: string[]}} entry */
  #presenceWords({ joined, left }) {
    const { t } = this.#context;
    const parts = [];
    if (joined.length > 0) parts.push(t('presence.joined', { names: this.#names(joined) }));
    if (left.length > 0) parts.push(t('presence.left', { names: this.#names(left) }));
    return parts.join(' · ');
  }

  /** @param {string[]} names */
  #names(names) {
    const { t, locale } = this.#context;
    const shown = names.length > NAMES_SHOWN + 1 ? names.slice(0, NAMES_SHOWN) : names;
    const others = names.length - shown.length;
    const parts = others > 0 ? [...shown, t('presence.others', { count: others })] : shown;
    return new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts);
  }
}

/** A row that never changes. @param {HTMLElement} made @returns {Row} */
function fixedRow(made) {
  return { element: made, update: () => undefined };
}
