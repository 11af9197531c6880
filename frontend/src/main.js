/** Builds everything once and hands it down: what is kept, the server, the store, the actions, and the views. */
import english from '../locales/en.json';
import unreadIcon from '../icons/favicon-unread.svg';
import { Account } from './account.js';
import { ChatActions } from './actions.js';
import { Arrival, ARRIVED, takeComing } from './arrival.js';
import { Api } from './api.js';
import { Changes } from './changes.js';
import { readConfig } from './config.js';
import { Directory } from './directory.js';
import { Drafts } from './drafts.js';
import { Entry } from './entry.js';
import { Gate } from './gate.js';
import { History } from './history.js';
import { Host } from './host.js';
import { Claims } from './lib/claims.js';
import { createTranslate } from './lib/i18n.js';
import { Move } from './move.js';
import { Names } from './names.js';
import { Notifications } from './notifications.js';
import { Outbox } from './outbox.js';
import { canLock, randomId, tryLock } from './platform.js';
import { Quotes } from './quotes.js';
import { Reading } from './reading.js';
import { Rooms } from './rooms.js';
import { PARTED, Session, Token } from './session.js';
import { LiveSocket } from './socket.js';
import { KeptValues, keptKey, usableLocalStorage } from './storage.js';
import { Store } from './store.js';
import { Typing } from './typing.js';
import { mountApp } from './views/app.js';
import { takeHostCode, takeLink } from './views/routes.js';
import { showWayToTrust } from './views/secure.js';
import { watchWake } from './wake.js';

/** @typedef {import('./protocol.js').ServerEvents} ServerEvents */
/** @typedef {import('./types.js').PreferenceValue} PreferenceValue */

// Texts are English; dates and numbers as the reader's own kind of English has them.
const LOCALE = navigator.languages.find((language) => language.startsWith('en')) ?? 'en';
const PREFERENCE = 'preference:';

const coming = takeComing();
const config = readConfig(/** @type {any} */ (window));
/** @type {import('./types.js').Texts} */
const texts = { ...english };
const t = createTranslate(texts, LOCALE);
const kept = new KeptValues(usableLocalStorage());
const store = new Store({
  limits: { max_message_length: config.maxMessageLength, typing_timeout: config.typingTimeout },
  preferences: readPreferences(),
});

const token = new Token(kept, config.serverUrl !== '');
const api = new Api({ serverUrl: config.serverUrl, token: () => token.read() });
const socket = new LiveSocket({
  url: config.serverUrl, options: config.socketOptions, token: () => token.read(), onEvent: receive, onStatus: connectionChanged,
});
const outbox = new Outbox({
  kept, deliver, randomId, changed: (items, room) => store.apply('outbox', room === undefined ? { items } : { items, room }),
});
const changes = new Changes({
  kept, ask: askForChange, changed: (items, settled) => store.apply('changes', settled === undefined ? { items } : { items, settled }), onLost: changeLost,
});
const drafts = new Drafts(kept, () => store.historyId);
const session = new Session({ store, api, socket, outbox, token, kept });
const history = new History({ store, api, socket, onExpired: () => void session.expired() });
const host = new Host({ store, api, socket, session });
const entry = new Entry({ store, session });
const quotes = new Quotes({ store, api, history });
const names = new Names({ store, api });
const typing = new Typing({ store, socket });
const reading = new Reading({ store, socket });
/** @type {import('./types.js').Begun} */
const begun = { edits: new Map(), replies: new Map() };
const move = new Move({ store, api, gather, isGuest: !token.isNeeded });
const actions = new ChatActions({ store, api, socket, session, history, outbox, changes, quotes, names, drafts, typing, reading, kept, move });
const rooms = new Rooms({ store, api, history, ask, setPreference: (key, value) => actions.setPreference(key, value) });
const arrival = new Arrival({ store, api, kept, outbox, changes, drafts, begun, randomId, setPreference: (key, value) => actions.setPreference(key, value) });
const notifications = new Notifications({
  store, t,
  claims: new Claims({ kept, tab: randomId(), tryLock: canLock ? tryLock : null }),
  openRoom: (room) => void actions.open(room),
  unreadIcon,
});

// Before any view listens, for the views put another address in its place. A link opened in a tab of this page is no loading.
for (const event of ['popstate', 'hashchange']) window.addEventListener(event, readLinks);
readLinks();
kept.onFull = () => store.apply('notice', { level: 'error', key: 'storage_full' });
const context = {
  root: /** @type {HTMLElement} */ (document.querySelector('[data-root]')),
  store, actions, rooms, host, server: api, entry, begun, config, t, locale: LOCALE,
  account: new Account({ api }), directory: new Directory({ api }), gate: new Gate({ api }),
  learn: (/** @type {import('./types.js').Texts} */ more) => void Object.assign(texts, more),
  setTitle: (/** @type {string} */ title) => notifications.setTitle(title),
};
mountApp(context);
showWayToTrust(context);
notifications.start();
watchWake({
  onWake: wake,
  onLeave: leave,
  onAttention: (here) => store.apply('attention', { here }),
});
window.addEventListener('storage', (event) => otherTabKept(keptKey(event.key), event.newValue));
// Come from another address in a tab that showed this one: that is a page of its own.
window.addEventListener('hashchange', () => { if (location.hash.startsWith('#/carry/')) location.reload(); });
store.addEventListener('me', ({ detail }) => { if (detail.session === 'none') forgetBegun(); });
move.begin();
if (coming === null) session.begin();
else {
  if (coming.parcel) move.remember(coming.parcel.from);
  void arrival.begin(coming).finally(() => session.begin());
}

/** What the address of this page lets one in by, or makes of one. */
function readLinks() {
  host.arrive(takeHostCode());
  entry.come(takeLink());
}

/**
 * An event of the server becomes a fact, and what follows from it begins.
 * @param {string} event
 * @param {any} payload
 */
function receive(event, payload) {
  if (event === 'error') return store.apply('notice', { level: 'error', key: 'request_failed', values: { message: String(payload?.message) } });
  // While the server does not know us again, its list is a stranger's, without the rooms that are not everybody's.
  if (event === 'rooms_list' && store.me !== null && !session.isIdentified) return;
  store.apply(/** @type {Exclude<keyof ServerEvents, 'error'>} */ (event), payload);
  rooms.heard(event, payload);
  if (event === 'username_set' && payload.user_id) identified(payload);
  history.check();
}

/** @param {ServerEvents['username_set']} identity */
function identified({ user_id, history_id }) {
  session.identified();
  drafts.enterHistory(history_id);
  outbox.load(user_id, history_id);
  outbox.open();
  changes.load(user_id, history_id);
  changes.open();
  arrival.tell();
}

/** @param {Pick<import('./types.js').Connection, 'status' | 'retryAt'>} change */
function connectionChanged(change) {
  store.apply('connection', change);
  session.forget();
  if (change.status === 'refused') session.refused();
  if (change.status !== 'online') {
    outbox.close();
    changes.close();
    history.disconnected();
    return;
  }
  void history.enter();
  names.connected();
  refreshRooms().then(() => session.answered(), strangerRefused);
  void reading.tell();
}

/** A chat that is not open answers nobody whom it does not know, which is an answer too. @param {import('./errors.js').ChatError} error */
function strangerRefused({ code }) {
  if (code === 'not_identified') session.answered();
}

/** The answer comes as the event `rooms_list` too, and is applied as that. */
function refreshRooms() {
  store.apply('rooms_asked', null);
  return socket.request('get_rooms', undefined);
}

/** The page was away: the connection may be dead, and something missed. */
function wake() {
  socket.verify(refreshRooms);
  void history.suspect();
  move.wake();
}

/** The page goes, perhaps for good: what could be undone until now is done, by a request that outlives the page. */
function leave() {
  for (const id of changes.leave()) api.removeInLeaving(id).catch(() => undefined);
  socket.leave();
}

/** @param {import('./outbox.js').Item} item */
async function deliver({ room, message, client_id, reply_to }) {
  const ack = await ask('send_message', { room, message, client_id, ...(reply_to === undefined ? {} : { reply_to }) });
  store.apply('saved', { client_id, message: ack.message });
}

/** @param {import('./changes.js').Step} step */
function askForChange({ event, payload }) {
  return ask(event, /** @type {any} */ (payload));
}

/**
 * @template {keyof import('./protocol.js').ClientEvents} E
 * @param {E} event
 * @param {import('./protocol.js').ClientEvents[E]['payload']} payload
 */
async function ask(event, payload) {
  try {
    return await socket.request(event, payload);
  } catch (error) {
    const { code } = /** @type {import('./errors.js').ChatError} */ (error);
    if (code === 'not_identified') void session.expired();
    // Who says nothing for so long may be there no more, and the connection would find out much later.
    if (code === 'offline') socket.verify(refreshRooms);
    throw error;
  }
}

/**
 * A change was refused after the page it was made in had gone: its text, if it has one, is not lost.
 * @param {{room: string, message?: string | undefined}} change
 * @param {import('./errors.js').ChatError | null} error
 */
function changeLost({ room, message }, error) {
  if (message !== undefined && drafts.read(room) === '') drafts.write(room, message);
  if (error) store.apply('notice', { level: 'error', key: 'request_failed', values: { message: error.message } });
}

/** What was begun here, for another address of the server. @returns {import('./move.js').Luggage} */
function gather() {
  return {
    drafts: drafts.take(), outbox: outbox.items, changes: changes.items,
    edits: [...begun.edits].map(([id, { text, from }]) => [id, { text, from }]), replies: [...begun.replies], preferences: readPreferences(),
  };
}

/** Who signs out leaves nothing to the next one. */
function forgetBegun() {
  begun.edits.clear();
  begun.replies.clear();
}

/**
 * @param {string | null} key what another tab has written
 * @param {string | null} value
 */
function otherTabKept(key, value) {
  if (key === null) return;
  outbox.keptChanged(key);
  changes.keptChanged(key);
  if (key === ARRIVED) session.look();
  if (key === PARTED && value !== null) void bidFarewell(value);
  if (key.startsWith(PREFERENCE)) store.apply('preference', { key: key.slice(PREFERENCE.length), value: preferenceAt(key) });
}

/**
 * The words for it are fetched first. Without them the page asks for a name, as when any session has ended.
 * @param {string} told
 */
async function bidFarewell(told) {
  const more = await import('../locales/en.json?part=panel').catch(() => null);
  if (more === null) return;
  Object.assign(texts, more.default);
  session.parted(told);
}

/** @param {string} key */
function preferenceAt(key) {
  return /** @type {PreferenceValue} */ (kept.get(key) ?? null);
}

/** @returns {[string, PreferenceValue][]} */
function readPreferences() {
  return kept.keys(PREFERENCE).map((key) => [key.slice(PREFERENCE.length), preferenceAt(key)]);
}
