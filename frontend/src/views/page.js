/** The signed-in page: which room is shown, what stands beside it, and how one gets from one to the other. */
import { roomsInOrder } from '../lib/rooms.js';
import { Announcer } from './announcer.js';
import { Conversation } from './conversation.js';
import { Details } from './details.js';
import { element, setAttribute } from './element.js';
import { openInvitation } from './invitation.js';
import { openJump } from './jump.js';
import { RoomList } from './room-list.js';
import { addressOf, History, paneOf } from './routes.js';
import { listenToKeys } from './shortcuts.js';
import { askAgain } from './sign-in.js';
import { Toasts } from './toasts.js';
import { followTrouble } from './trouble.js';

/** The widths of layout.css. */
const PHONE = matchMedia('(max-width: 700px)');
const WIDE = matchMedia('(min-width: 1100px)');

export class Page {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #history;
  #chatName;
  #announcer;
  #rooms;
  #toasts;
  /** @type {Conversation | null} */
  #conversation = null;
  /** @type {Details | null} */
  #people = null;
  /** Of medium width, people lie over the conversation until they are closed. */
  #isPeopleOver = false;
  /** It keeps what was found while it is not shown. @type {import('./search.js').Search | null} */
  #search = null;
  /** Wider pages have no address of their own for the search. */
  #isSearching = false;
  /** Where the focus goes back to when the search is closed. @type {Element | null} */
  #searchedFrom = null;
  /** @type {import('./dialog.js').Dialog | null} */
  #again = null;
  #parts = {
    rooms: element('div', { class: 'app__rooms', role: 'navigation' }),
    conversation: element('main', { class: 'app__conversation' }),
    people: element('div', { class: 'app__people', role: 'complementary', hidden: true }),
  };

  /** @param {import('../types.js').ViewContext} context */
  constructor(context) {
    const { signal } = this.#leaving;
    this.#context = { ...context, commands: this.#commands(), chatName: () => this.#chatName };
    this.#chatName = context.t('app.name');
    this.#history = new History(() => this.#follow(), signal);
    this.#announcer = new Announcer(context);
    this.#rooms = new RoomList(this.#context);
    this.#toasts = new Toasts(this.#context);
    this.#parts.rooms.append(this.#rooms.element);
    setAttribute(this.#parts.rooms, 'aria-label', context.t('rooms.label'));
    this.element = element('div', { class: 'app' }, ...Object.values(this.#parts), this.#announcer.element, this.#toasts.element);
    this.#listen();
    context.actions.identity().then(({ name }) => this.#nameChat(name), () => undefined);
    this.#follow();
    this.#followSession();
    followTrouble(this.#context, this.element, (load, open) => void this.#fetched(load, open), this.#leaving.signal);
  }

  close() {
    this.#leaving.abort();
    for (const part of [this.#announcer, this.#rooms, this.#toasts, this.#conversation, this.#people, this.#search]) part?.close();
    this.#again?.close();
    this.element.remove();
  }

  /** Ready to write, once it stands in the document. */
  focus() {
    if (!document.querySelector('dialog[open]')) this.#conversation?.focus();
  }

  /** @returns {import('./context.js').Commands} */
  #commands() {
    return {
      showRoom: (room, { replace = false } = {}) => (replace ? this.#history.replace({ room }) : this.#history.push({ room })),
      showRooms: () => this.#history.back({ room: null }),
      showPeople: (show, person) => this.#showPeople(show, person),
      arePeopleShown: () => this.#side() === 'people',
      inviteInto: () => this.#inviteInto(),
      mention: (username) => this.#mention(username),
      write: () => this.#conversation?.write(),
      newRoom: (options) => void this.#fetched(() => import('./new-room.js'), ({ openNewRoom }) => openNewRoom(this.#context, options)),
      newMessage: () => void this.#fetched(() => import('./new-message.js'), ({ openNewMessage }) => openNewMessage(this.#context)),
      invite: () => this.invite(),
      hostPanel: (part) => void this.#fetched(() => import('./host-panel.js'), ({ openHostPanel }) => openHostPanel(this.#context, part)),
      everybody: () => void this.#fetched(() => import('./everybody.js'), ({ openEverybody }) => openEverybody(this.#context)),
      moderate: (act, person) => void this.#fetched(() => import('./moderation.js'), ({ moderate }) => moderate(this.#context, act, person)),
      saveCopy: (room) => void this.#fetched(() => import('./save-copy.js'), ({ openSaveCopy }) => openSaveCopy(this.#context, room)),
      keep: (room) => void this.#fetched(() => import('./keep-form.js'), ({ openKeepForm }) => openKeepForm(this.#context, room)),
      account: () => void this.#fetched(() => import('./account.js'), ({ openAccount }) => openAccount(this.#context)),
      editHistory: (message) => void this.#fetched(() => import('./edit-history.js'), ({ openEditHistory }) => openEditHistory(this.#context, message)),
      jump: () => openJump(this.#context),
      search: (show) => this.#showSearch(show),
      isSearching: () => this.#side() === 'search',
      settings: () => void this.#fetched(() => import('./settings.js'), ({ openSettings }) => openSettings(this.#context)),
      shortcuts: () => void this.#fetched(() => import('./shortcuts-list.js'), ({ openShortcuts }) => openShortcuts(this.#context)),
      announce: (words) => this.#announcer.say(words),
      toast: (options) => this.#toasts.show(options),
    };
  }

  #listen() {
    const { store, host } = this.#context;
    const { signal } = this.#leaving;
    store.addEventListener('rooms', () => this.#onRooms(), { signal });
    store.addEventListener('current', () => this.#showCurrent(), { signal });
    store.addEventListener('stranded', ({ detail }) => this.#tellStranded(detail.items), { signal });
    store.addEventListener('me', () => this.#followSession(), { signal });
    host.addEventListener('change', () => this.#followSession(), { signal });
    store.addEventListener('identity', ({ detail }) => this.#nameChat(detail.name), { signal });
    store.addEventListener('preference', ({ detail }) => detail.key === 'side_panel' && this.#layOut(), { signal });
    PHONE.addEventListener('change', () => this.#follow(), { signal });
    WIDE.addEventListener('change', () => this.#layOut(), { signal });
    listenToKeys(this.#context, signal);
  }

  /** Show what the address names; an address that names nothing here leads to a room. @returns {void} */
  #follow() {
    const { store, actions } = this.#context;
    const { route } = this.#history;
    const isKnown = route?.room != null && (store.rooms.size === 0 || store.rooms.has(route.room));
    if (isKnown && route.seq !== undefined) return this.#openAt(route.room, route.seq);
    if (route?.room === null && PHONE.matches) void actions.open(null);
    else if (!isKnown) return this.#leaveUnknown(route?.room ?? null);
    else if (route.room !== store.current) void actions.open(route.room);
    if (store.current !== null && this.#conversation === null) this.#showCurrent();
    return this.#layOut();
  }

  /**
   * An opened link to a message: the address names the room alone afterwards, so that the same link works again.
   * @param {string | null} room
   * @param {number} seq
   */
  #openAt(room, seq) {
    const { store, actions, commands, t } = this.#context;
    history.replaceState(history.state, '', addressOf({ room }));
    // Where it lies over the conversation, the search makes way for what it found.
    const makesWay = this.#isSearching && !WIDE.matches && !PHONE.matches;
    if (makesWay) this.#isSearching = false;
    if (room !== store.current) void actions.open(room, { seq });
    else void actions.jumpTo(seq).then((isThere) => isThere || commands.toast({ words: t('quote.unreachable') }));
    this.#follow();
    if (makesWay) this.focus();
  }

  /** An address that names no room for this person. @param {string | null} room null: it names none at all */
  #leaveUnknown(room) {
    const { t, commands } = this.#context;
    if (room !== null) commands.toast({ level: 'error', words: t('notice.no_room') });
    this.#goSomewhere(room);
  }

  /**
   * To the room of the last time, or the first one; a phone gets the list behind it, for Back.
   * @param {string | null} besides a room that is none any more
   */
  #goSomewhere(besides) {
    const { store, actions } = this.#context;
    const rooms = roomsInOrder(store).map(({ id }) => id).filter((id) => id !== besides);
    const last = String(actions.preference('last_room'));
    const room = rooms.includes(last) ? last : (rooms.find((id) => !store.isLeft(id)) ?? rooms[0]);
    if (room === undefined) return this.#layOut();
    if (!PHONE.matches) return this.#history.replace({ room });
    history.replaceState(null, '', '#/');
    return this.#history.push({ room });
  }

  #onRooms() {
    const { route } = this.#history;
    const { store } = this.#context;
    const isPlaced = route !== null && (route.room === null ? PHONE.matches : store.rooms.has(route.room));
    if (!isPlaced && store.rooms.size > 0) this.#follow();
    this.#setTitle();
  }

  #showCurrent() {
    const { store, actions, t } = this.#context;
    this.#conversation?.close();
    this.#people?.close();
    this.#people = null;
    const id = store.current;
    if (id !== null) actions.setPreference('last_room', id);
    this.#nameInAddress(id);
    // From a room that is gone it went on to another one, which is shown by now.
    if (store.current !== id) return;
    this.#conversation = id === null ? null : new Conversation(this.#context, id);
    this.#parts.conversation.replaceChildren(this.#conversation?.element ?? element('p', { class: 'conversation__none' }, t('rooms.none')));
    this.#layOut();
    this.#setTitle();
    this.focus();
  }

  /** A notification that was clicked, or a room that is gone, changes the room without the address. @param {string | null} id */
  #nameInAddress(id) {
    const { route } = this.#history;
    if (id !== null && route?.room !== id) this.#history.push({ room: id });
    if (id !== null || route === null || route.room === null) return;
    if (PHONE.matches) this.#history.replace({ room: null });
    else this.#goSomewhere(route.room);
  }

  #layOut() {
    const { store } = this.#context;
    const pane = this.#pane();
    const before = this.element.dataset['pane'];
    // A page that has just been opened has the focus nowhere, and is left alone.
    const hasMoved = before !== undefined && before !== pane && document.activeElement !== document.body;
    const side = store.current === null ? null : this.#side();
    this.element.dataset['pane'] = pane;
    this.element.classList.toggle('has-people', side !== null);
    this.#parts.people.hidden = side === null;
    this.#fillSide(side);
    setAttribute(this.#parts.rooms, 'role', pane === 'rooms' ? 'main' : 'navigation');
    setAttribute(this.#parts.people, 'role', pane === 'people' || pane === 'search' ? 'main' : 'complementary');
    this.#rooms.setPage(pane === 'rooms');
    this.#people?.setPage(pane === 'people');
    this.#search?.setPage(pane === 'search');
    this.#conversation?.sideChanged();
    if (hasMoved) this.#focusPane(pane);
  }

  /** The one pane a phone shows; a wider page shows them beside each other. */
  #pane() {
    const { route } = this.#history;
    return PHONE.matches ? paneOf(route ?? { room: null }) : 'all';
  }

  /** @param {string} pane */
  #focusPane(pane) {
    if (pane === 'rooms') this.#rooms.focus();
    if (pane === 'people') this.#people?.focus();
    if (pane === 'search') this.#search?.focus();
    if (pane === 'conversation') this.#conversation?.focusPane();
  }

  /** @param {'people' | 'search' | null} side what stands beside the conversation */
  #fillSide(side) {
    const { store, t } = this.#context;
    if (side === 'people' && store.current !== null && !this.#people) {
      this.#people = new Details(this.#context, store.current);
      this.#parts.people.replaceChildren(this.#people.element);
    } else if (side !== 'people' && this.#people) {
      this.#people.close();
      this.#people = null;
    }
    if (side === 'search') this.#fillSearch();
    setAttribute(this.#parts.people, 'aria-label', t(side === 'search' ? 'place.search' : 'people.label'));
  }

  #fillSearch() {
    if (!this.#search) return void this.#fetched(() => import('./search.js'), ({ Search }) => this.#begin(Search), () => this.#showSearch(false));
    if (this.#search.element.parentNode !== this.#parts.people) this.#parts.people.replaceChildren(this.#search.element);
  }

  /** @param {typeof import('./search.js').Search} Search */
  #begin(Search) {
    if (this.#search || this.#leaving.signal.aborted) return;
    this.#search = new Search(this.#context);
    this.#layOut();
    if (this.#side() === 'search') this.#search.focus();
  }

  /** @returns {'people' | 'search' | null} */
  #side() {
    const { route } = this.#history;
    if (PHONE.matches ? route?.isSearch : this.#isSearching) return 'search';
    if (PHONE.matches) return route?.isPeople ? 'people' : null;
    return (WIDE.matches ? this.#context.actions.preference('side_panel') !== false : this.#isPeopleOver) ? 'people' : null;
  }

  /** @param {boolean} show @returns {boolean} false: there is no room to show it beside */
  #showSearch(show) {
    const room = this.#history.route?.room ?? this.#context.store.current;
    if (room === null) return false;
    if (show && this.#side() !== 'search') this.#searchedFrom = document.activeElement;
    if (!PHONE.matches) this.#isSearching = show;
    else if (show) this.#history.push({ room, isSearch: true });
    else this.#history.back({ room });
    this.#layOut();
    if (show) this.#search?.focus();
    else if (!PHONE.matches) this.#leaveSearch();
    return true;
  }

  #leaveSearch() {
    if (this.#searchedFrom instanceof HTMLElement && this.#searchedFrom !== document.body && this.#searchedFrom.isConnected) this.#searchedFrom.focus();
    else this.#conversation?.focusSearchButton();
  }

  /**
   * @param {boolean} show
   * @param {string} [person] who gets the focus
   */
  #showPeople(show, person) {
    const { store, actions } = this.#context;
    const room = this.#history.route?.room ?? store.current;
    if (room === null) return;
    this.#isSearching = false;
    if (!PHONE.matches && WIDE.matches) actions.setPreference('side_panel', show);
    else if (!PHONE.matches) this.#isPeopleOver = show;
    else if (show) this.#history.push({ room, isPeople: true });
    else this.#history.back({ room });
    this.#layOut();
    if (show && (person !== undefined || !WIDE.matches)) this.#people?.focus(person);
    if (!show && !PHONE.matches) this.#conversation?.focusPeopleButton();
  }

  /**
   * What was refused for a room that is not shown any more: its text can be had here, and is kept as a draft of that room.
   * @param {readonly import('../types.js').PendingMessage[]} items
   */
  #tellStranded(items) {
    const { t, actions, commands } = this.#context;
    for (const { client_id, message: text } of items) {
      const copy = async () => commands.announce(t(await actions.copyText(text) ? 'actions.copied' : 'invite.copy_failed'));
      commands.toast({
        level: 'error', words: t('notice.stranded', { text }), action: { label: t('actions.copy'), run: () => void copy() }, onGone: () => actions.discard(client_id),
      });
    }
  }

  #inviteInto() {
    this.#showPeople(true);
    this.#people?.focusInvite();
  }

  /** Where they lie over the conversation, people make way for it. @param {string} username */
  #mention(username) {
    if (this.#side() === 'people' && !WIDE.matches) this.#showPeople(false);
    this.#conversation?.mention(username);
  }

  /** How others join; a host hears more of it. */
  invite() {
    if (this.#context.store.me?.role !== 'host') return openInvitation(this.#context);
    return void this.#fetched(() => import('./host-invite.js'), ({ openHostInvite }) => openHostInvite(this.#context));
  }

  /**
   * What most people need rarely is fetched when it is first wanted, and its texts with it.
   * @template T
   * @param {() => Promise<T>} load
   * @param {(module: T) => unknown} open
   * @param {() => unknown} [failed]
   */
  async #fetched(load, open, failed) {
    const { t, commands, learn } = this.#context;
    try {
      const [module, { default: texts }] = await Promise.all([load(), import('../../locales/en.json?part=panel')]);
      learn(texts);
      open(module);
    } catch {
      commands.toast({ level: 'error', words: t('host.not_loaded') });
      failed?.();
    }
  }

  /** The dialog over the page stands exactly while the session has ended. */
  #followSession() {
    const { store, host } = this.#context;
    // Who restores a backup is a stranger to it for a moment, and comes back without being asked.
    const isExpired = store.session === 'expired' && host.phase !== 'restoring';
    if (isExpired && !this.#again) this.#again = askAgain(this.#context);
    if (!isExpired && this.#again) {
      this.#again.close();
      this.#again = null;
    }
  }

  /** @param {string} name */
  #nameChat(name) {
    this.#chatName = name;
    this.#rooms.draw();
    this.#setTitle();
  }

  #setTitle() {
    const { store, t, setTitle } = this.#context;
    const room = store.current === null ? undefined : store.rooms.get(store.current)?.name;
    setTitle(room === undefined ? this.#chatName : t('title.room', { room, chat: this.#chatName }));
  }
}
