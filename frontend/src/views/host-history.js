/**
 * What is kept and what goes, for the host: how long, what the next cleanup would remove, what the last ones took and can
 * be brought back, and until when copies hold what was erased.
 */
import { keepsWords } from '../lib/keeping.js';
import { formatDay, formatRelative, formatWhen } from '../lib/time.js';
import { copiesWords, inOrder, summaryOf } from '../lib/upkeep.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { HostKeeping } from './host-keeping.js';

/** @typedef {import('../upkeep-types.js').Expected} Expected */
/** @typedef {import('../upkeep-types.js').Removed} Removed */
/** @typedef {import('../upkeep-types.js').Backups} Backups */

export class HostHistory {
  /** @type {import('./context.js').HostContext} */
  #context;
  #summary = element('p', {});
  #rooms = element('ul', { class: 'cleanup__list' });
  #others = element('ul', { class: 'cleanup__list' });
  #othersTitle = element('summary', {});
  #othersPart = element('details', { hidden: true }, this.#othersTitle, this.#others);
  #clean;
  #words = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #trims = element('ul', { class: 'cleanup__list' });
  #trimsTitle = element('h3', { tabindex: -1 });
  #copies = element('div', { class: 'cleanup__copies quiet' });
  /** @type {Expected[]} */
  #expected = [];

  /** @param {import('./context.js').HostContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    setText(this.#trimsTitle, t('cleanup.taken'));
    this.#clean = element('button', { type: 'button', class: 'button', disabled: true, onclick: () => this.#askToClean() }, t('cleanup.now'));
    const keeping = new HostKeeping(context, () => void this.#load());
    this.element = element('div', { class: 'host__part' }, keeping.element,
      element('section', { class: 'host__section' }, element('h3', {}, t('cleanup.next')), this.#summary, this.#rooms, this.#othersPart,
        element('div', {}, this.#clean), this.#words, this.#error),
      element('section', { class: 'host__section' }, this.#trimsTitle, element('p', { class: 'quiet' }, t('cleanup.taken_hint')), this.#trims),
      element('section', { class: 'host__section' }, element('h3', {}, t('cleanup.copies')), this.#copies));
    void this.#load();
  }

  close() {
    this.element.remove();
  }

  async #load() {
    const { upkeep } = this.#context;
    setText(this.#error, '');
    try {
      const [preview, trims, backups] = await Promise.all([upkeep.preview(), upkeep.trims(), upkeep.backups()]);
      this.#showPreview(preview);
      this.#showTrims(trims);
      this.#showCopies(backups);
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    }
  }

  /** @param {import('../upkeep-types.js').Preview} preview */
  #showPreview({ next_at, rooms }) {
    const { t, locale } = this.#context;
    const { notable, others } = inOrder(rooms);
    const { messages, rooms: count } = summaryOf(rooms);
    this.#expected = rooms;
    setText(this.#summary, t(messages === 0 ? 'cleanup.nothing' : 'cleanup.would', {
      when: formatWhen(next_at, locale), messages: t('cleanup.messages', { count: messages }), rooms: t('cleanup.rooms', { count }),
    }));
    this.#clean.disabled = messages === 0;
    this.#rooms.replaceChildren(...notable.map((room) => this.#line(room)));
    this.#others.replaceChildren(...others.map((room) => this.#line(room)));
    setText(this.#othersTitle, t('cleanup.others', { count: others.length }));
    this.#othersPart.hidden = others.length === 0;
  }

  /** @param {Expected} expected */
  #line(expected) {
    const { t } = this.#context;
    const { room, keeps, held = false } = expected;
    const name = this.#nameOf(expected);
    return element('li', { class: 'cleanup__line', 'data-room': room },
      element('div', { class: 'cleanup__words' }, element('strong', { dir: 'auto' }, name),
        element('span', {}, this.#fate(expected)), element('span', { class: 'quiet' }, keepsWords(t, keeps))),
      element('button', {
        type: 'button', class: 'button button--quiet', 'aria-label': t(held ? 'cleanup.release_this' : 'cleanup.hold_this', { room: name }),
        onclick: () => void this.#hold(room, name, !held),
      }, t(held ? 'cleanup.release' : 'cleanup.hold')));
  }

  /** What becomes of what is old in a room. @param {Expected} expected */
  #fate({ messages: count, oldest, newest, held }) {
    const { t, locale } = this.#context;
    const messages = t('cleanup.messages', { count });
    if (count === 0 || oldest === undefined || newest === undefined) return t(held ? 'cleanup.held' : 'cleanup.stays');
    const [from, to] = [formatDay(oldest, locale), formatDay(newest, locale)];
    if (held) return t('cleanup.held_back', { messages });
    return from === to ? t('cleanup.goes_day', { messages, day: from }) : t('cleanup.goes', { messages, from, to });
  }

  /** Of rooms that this host does not see no name is told. @param {{room: string, kind: string, name?: string}} one */
  #nameOf({ room, kind, name }) {
    const { t, store } = this.#context;
    return store.rooms.get(room)?.name ?? name ?? t(`cleanup.unseen_${kind}`, { room });
  }

  /**
   * @param {string} room
   * @param {string} name
   * @param {boolean} isHeld
   */
  async #hold(room, name, isHeld) {
    const { t, upkeep } = this.#context;
    setText(this.#error, '');
    try {
      await upkeep.hold(room, isHeld);
      await this.#load();
      this.#focusLine(room);
      setText(this.#words, t(isHeld ? 'cleanup.is_held' : 'cleanup.is_released', { room: name }));
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    }
  }

  /** The button that was pressed was drawn anew. @param {string} room */
  #focusLine(room) {
    const line = [...this.element.querySelectorAll('.cleanup__line')].find((each) => each instanceof HTMLElement && each.dataset['room'] === room);
    if (line?.closest('details')) this.#othersPart.open = true;
    line?.querySelector('button')?.focus();
  }

  #askToClean() {
    const { t, upkeep } = this.#context;
    const { messages, rooms } = summaryOf(this.#expected);
    confirm(this.#context, {
      title: t('cleanup.ask'), yes: t('cleanup.yes'),
      text: t('cleanup.ask_text', { messages: t('cleanup.messages', { count: messages }), rooms: t('cleanup.rooms', { count: rooms }) }),
      run: async () => {
        const went = await upkeep.cleanUp();
        setText(this.#words, t('cleanup.went', { messages: t('cleanup.messages', { count: went.reduce((sum, each) => sum + each.messages, 0) }) }));
      },
      onDone: () => void this.#cleaned(),
    });
  }

  async #cleaned() {
    await this.#load();
    if (this.#clean.disabled) this.#trimsTitle.focus();
  }

  /** @param {Removed[]} trims */
  #showTrims(trims) {
    const { t } = this.#context;
    const lines = trims.map((trim) => this.#trim(trim));
    this.#trims.replaceChildren(...(lines.length > 0 ? lines : [element('li', { class: 'quiet' }, t('cleanup.none'))]));
  }

  /** @param {Removed} trim */
  #trim(trim) {
    const { t, locale } = this.#context;
    const { messages: count, created_at, expires_at, held } = trim;
    const name = this.#nameOf(trim);
    return element('li', { class: 'cleanup__line' },
      element('div', { class: 'cleanup__words' }, element('strong', { dir: 'auto' }, name),
        element('span', {}, t('cleanup.trim', { messages: t('cleanup.messages', { count }), time: formatWhen(created_at, locale) })),
        element('span', { class: 'quiet' }, held ? t('cleanup.trim_held') : t('cleanup.trim_until', { time: formatRelative(expires_at, locale) }))),
      element('button', {
        type: 'button', class: 'button button--quiet', 'aria-label': t('cleanup.undo_this', { room: name, time: formatWhen(created_at, locale) }),
        onclick: () => void this.#bringBack(trim, name),
      }, t('actions.undo')));
  }

  /**
   * @param {Removed} trim
   * @param {string} name
   */
  async #bringBack({ id }, name) {
    const { t, upkeep } = this.#context;
    setText(this.#error, '');
    try {
      await upkeep.bringBack(id);
      await this.#load();
      setText(this.#words, t('cleanup.is_back', { room: name }));
      this.#trimsTitle.focus();
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error, 'cleanup.too_late'));
    }
  }

  /** @param {Backups} backups */
  #showCopies({ erased }) {
    const { t, locale, host } = this.#context;
    const folder = host.overview?.archive_folder ?? '';
    this.#copies.replaceChildren(
      element('p', {}, copiesWords(t, locale, erased)),
      folder === '' ? '' : element('p', {}, t('cleanup.archives', { folder })));
  }
}
