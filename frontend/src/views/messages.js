/**
 * The history of one room: scrolls, loads more at its edges, and says what has been read.
 *
 * Three rules hold through every change of the list: at the bottom it stays at the bottom; elsewhere the first visible
 * message stays where it is; a room that was just opened stands at its first unread message, else at the bottom. The
 * store bounds the number of messages (a window of the room), so the page holds a window too.
 */
import { distanceFromBottom, holdStill, isAtBottom } from '../lib/scroll.js';
import { Beginning } from './beginning.js';
import { element, setAttribute } from './element.js';
import { Latest } from './latest.js';
import { ListFocus } from './list-focus.js';
import { MessagesList } from './messages-list.js';
import { timeline } from './timeline.js';

/** Pixels from an edge at which the next page is asked for: about a screen ahead of the reader. */
const LOAD_AHEAD = 800;
/** Pixels left above the unread divider when a room opens there. */
const UNREAD_CONTEXT = 72;
/** Pixels of scrolling up after which the way back is offered. */
const FAR = 400;

export class Messages {
  #leaving = new AbortController();
  /** @type {import('./context.js').RoomContext} */
  #context;
  /** @type {string} */
  #id;
  #list;
  #focus;
  #scroller;
  #beginning;
  #pill;
  #isStuck = true;
  /** The next fresh window is shown from its end. */
  #wantsEnd = false;
  /** The newest message that was seen in this view. */
  #seen = 0;
  /** @type {string | undefined} */
  #lastPending;
  #isFrameAsked = false;
  #isDrawAsked = false;
  #observer = new ResizeObserver(() => this.#settle());

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
    this.#list = new MessagesList(context);
    this.#beginning = new Beginning(context, id);
    this.#scroller = element('div', { class: 'messages__scroll', tabindex: 0, role: 'region' }, this.#beginning.element, this.#list.element);
    this.#focus = new ListFocus(context, this.#list, this.#scroller);
    this.#pill = new Latest(context, () => this.toEnd());
    this.element = element('div', { class: 'messages' }, this.#scroller, this.#pill.element);
    this.#listen();
    this.#nameRoom();
    this.#draw('reset');
  }

  close() {
    this.#leaving.abort();
    this.#observer.disconnect();
    this.#beginning.close();
    this.element.remove();
  }

  /** To the newest message, wherever the window is now. */
  toEnd() {
    this.#wantsEnd = true;
    if (this.#room?.has_more_after) void this.#context.actions.loadLatest();
    else this.#scrollToEnd();
  }

  /** Where the keyboard scrolls. */
  focus() {
    this.#scroller.focus();
  }

  /** Rewrite a message in its place, wherever it stands. @param {string} id */
  edit(id) {
    const message = this.#room?.messages.find((each) => each.id === id);
    if (!message) return;
    this.refresh(id);
    this.#list.rowOf(id)?.focusForm();
  }

  /** Draw one message anew. @param {string} id @returns {boolean} whether it stands here */
  refresh(id) {
    const row = this.#list.rowOf(id);
    if (row) holdStill(this.#scroller, this.#list.messages(), () => row.draw());
    this.#settle();
    return row !== undefined;
  }

  /** @param {number} seq of the message that gets the focus, or the one nearest to it */
  focusMessage(seq) {
    if (this.#isDrawAsked) this.#draw('newer');
    const row = this.#list.rowNear(seq);
    if (row) this.#focus.focus(row.element);
    else this.focus();
  }

  get #room() {
    return this.#context.store.room(this.#id);
  }

  #listen() {
    const { store } = this.#context;
    const { signal } = this.#leaving;
    store.addEventListener('messages', ({ detail }) => detail.room === this.#id && this.#onChange(detail.change), { signal });
    store.addEventListener('jump', ({ detail }) => detail.room === this.#id && this.#jump(detail.seq), { signal });
    store.addEventListener('people', ({ detail }) => detail.room === this.#id && this.#drawSoon(), { signal });
    store.addEventListener('preference', ({ detail }) => detail.key === 'presence_lines' && this.#drawSoon(), { signal });
    // What could not be fetched for a quote is asked for again.
    store.addEventListener('connection', () => this.#drawSoon(), { signal });
    store.addEventListener('rooms', ({ detail }) => this.#onRooms(detail.room), { signal });
    this.#scroller.addEventListener('scroll', () => this.#onScroll(), { signal, passive: true });
    document.addEventListener('visibilitychange', () => this.#askFrame(), { signal });
    window.addEventListener('focus', () => this.#askFrame(), { signal });
    this.#observer.observe(this.#scroller);
    this.#observer.observe(this.#list.element);
  }

  /** Show that this message is meant. @param {number} seq */
  #jump(seq) {
    if (this.#isDrawAsked) this.#draw('newer');
    const row = this.#list.rowNear(seq);
    if (!row) return;
    this.#isStuck = false;
    this.#wantsEnd = false;
    row.element.scrollIntoView({ block: 'center' });
    row.element.focus({ preventScroll: true });
    row.mark();
    this.#askFrame();
  }

  /** What others do may come many times a frame, and is drawn once; all else at once. @param {import('../types.js').MessagesChange} change */
  #onChange(change) {
    if (change === 'newer' || change === 'changed') this.#drawSoon();
    else this.#draw(change);
  }

  #drawSoon() {
    this.#isDrawAsked = true;
    this.#askFrame();
  }

  /** What comes at the end of a room changes nothing of a window elsewhere, but is counted. @param {string | undefined} id */
  #onRooms(id) {
    this.#nameRoom();
    if (id === this.#id) this.#askFrame();
  }

  /** The list of rooms, and with it the name, may come after the room was opened. */
  #nameRoom() {
    const { t } = this.#context;
    setAttribute(this.#scroller, 'aria-label', t('messages.label', { room: this.#roomName }));
    if (this.#room?.loaded) this.#beginning.show(this.#room);
  }

  get #roomName() {
    return this.#context.store.rooms.get(this.#id)?.name ?? '';
  }

  /** @param {import('../types.js').MessagesChange} change */
  #draw(change) {
    this.#isDrawAsked = false;
    const room = this.#room;
    // What was written while the server is away is shown at once, though nothing else is known of the room.
    if (!room || (!room.loaded && room.pending.length === 0)) return this.#beginning.showSkeleton(this.#list.element);
    const isFresh = change === 'reset';
    if (this.#isNewlySent(room)) this.toEnd();
    if (isFresh || this.#isStuck) this.#update(room);
    else holdStill(this.#scroller, this.#list.messages(), () => this.#update(room));
    if (isFresh) this.#open(room);
    this.#settle();
    return undefined;
  }

  /** Whether the outbox has a message more than at the last look: one's own sending leads to the end. */
  #isNewlySent(/** @type {Readonly<import('../types.js').OpenRoom>} */ room) {
    const last = room.pending.at(-1)?.client_id;
    const isNew = last !== undefined && last !== this.#lastPending;
    this.#lastPending = last;
    return isNew;
  }

  #update(/** @type {Readonly<import('../types.js').OpenRoom>} */ room) {
    const { store, actions } = this.#context;
    if (this.#list.element.querySelector('.skeleton')) this.#list.element.replaceChildren();
    this.#list.show(timeline(room, { me: store.me, showPresence: actions.preference('presence_lines') !== false }));
    this.#focus.update();
    this.#beginning.show(room);
  }

  /** Where a fresh window is shown from. @param {Readonly<import('../types.js').OpenRoom>} room */
  #open(room) {
    const line = this.#list.unreadLine();
    this.#isStuck = !line || this.#wantsEnd;
    this.#seen = this.#isStuck ? room.last_seq : (room.unreadFrom ?? 1) - 1;
    this.#wantsEnd = false;
    if (line && !this.#isStuck) this.#scroller.scrollTop += line.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - UNREAD_CONTEXT;
  }

  #scrollToEnd() {
    this.#isStuck = true;
    this.#wantsEnd = false;
    this.#settle();
  }

  /** After any change of content or size: hold the bottom, then look at what is visible. */
  #settle() {
    if (this.#isStuck && !this.#beginning.isWelcome) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#askFrame();
  }

  #onScroll() {
    const { autoScrollThreshold } = this.#context.config;
    this.#isStuck = !this.#room?.has_more_after && isAtBottom(this.#scroller, autoScrollThreshold);
    this.#askFrame();
  }

  #askFrame() {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    requestAnimationFrame(() => {
      this.#isFrameAsked = false;
      if (this.#leaving.signal.aborted) return;
      if (this.#isDrawAsked) this.#draw('newer');
      this.#look();
    });
  }

  #look() {
    const room = this.#room;
    if (!room?.loaded || this.#scroller.clientHeight === 0) return;
    this.#loadMore(room);
    this.#noteSeen(room);
    this.#showPill(room);
  }

  /** @param {Readonly<import('../types.js').OpenRoom>} room */
  #loadMore(room) {
    const { actions, store } = this.#context;
    if (store.connection.status !== 'online') return;
    if (room.has_more_before && this.#scroller.scrollTop < LOAD_AHEAD) void actions.loadOlder();
    else if (room.has_more_after && distanceFromBottom(this.#scroller) < LOAD_AHEAD) void actions.loadNewer();
  }

  /** @param {Readonly<import('../types.js').OpenRoom>} room */
  #noteSeen(room) {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    const seq = this.#lastVisible();
    if (seq > this.#seen) this.#seen = seq;
    if (seq > room.read_seq) this.#context.actions.markRead(this.#id, seq);
  }

  /** The newest stored message whose end can be seen; 0 when there is none. */
  #lastVisible() {
    return Number(this.#list.messages()[this.#list.lastVisible(this.#scroller)]?.dataset['seq'] ?? 0);
  }

  /** @param {Readonly<import('../types.js').OpenRoom>} room */
  #showPill(room) {
    const isFar = room.has_more_after || distanceFromBottom(this.#scroller) > FAR;
    this.#pill.show({ fresh: this.#isStuck ? 0 : Math.max(0, room.last_seq - this.#seen), isFar: isFar && !this.#isStuck });
  }
}
