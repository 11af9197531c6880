/** A line of the room list: what stands for the room, its name, and what is new there. */
import { icon } from '../icons.js';
import { isAlive, othersIn } from '../lib/rooms.js';
import { avatar } from './avatar.js';
import { element } from './element.js';
import { addressOf } from './routes.js';

/** A higher number of unread messages is not counted out. */
const MOST_SHOWN = 99;
/** Faces shown of those in a conversation. */
const FACES = 2;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {Readonly<import('../types.js').Room>} Room */

/**
 * @param {PageContext} context
 * @param {Room} room
 */
export function roomLink(context, room) {
  const { t, store } = context;
  const isCurrent = room.id === store.current;
  const isLeft = store.isLeft(room.id);
  const isNew = isAlive(store, room) && !isCurrent;
  const states = [room.unread > 0 && isNew && 'is-unread', isLeft && 'is-left', `is-${room.kind}`].filter(Boolean);
  return element('a', {
    class: ['room-link', ...states].join(' '), href: addressOf({ room: room.id }), 'data-room': room.id, 'aria-current': isCurrent ? 'page' : null,
    title: room.name, onclick: (/** @type {MouseEvent} */ event) => follow(context, event, room.id),
  }, roomPicture(context, room),
  room.kind === 'direct' ? null : element('span', { class: 'room-link__tile', 'aria-hidden': 'true' }, [...room.name][0] ?? ''),
  element('span', { class: 'room-link__name', dir: 'auto' }, room.name),
  isLeft ? element('span', { class: 'visually-hidden' }, t('rooms.left')) : null,
  room.kind === 'direct' && isHere(store, room) ? element('span', { class: 'visually-hidden' }, t('rooms.present')) : null,
  isNew && room.mention_count > 0 ? mentions(context, room.mention_count) : null,
  isNew && room.unread > 0 ? unread(context, room.unread) : people(context, room));
}

/**
 * An icon, or the faces of those one talks with. For the eye only.
 * @param {PageContext} context
 * @param {Room} room
 */
export function roomPicture({ store }, room) {
  if (room.kind !== 'direct') return icon(room.archived ? 'archive' : room.kind === 'private' ? 'lock' : 'hash');
  const others = othersIn(room, store.me);
  const faces = others.slice(0, FACES).map((person) => avatar(person, 'small'));
  const state = others.length === 1 && isHere(store, room) ? ' is-here' : '';
  return element('span', { class: `faces${faces.length > 1 ? ' is-several' : ''}${state}`, 'aria-hidden': 'true' }, ...faces);
}

/**
 * Whether the only other one in a conversation is known to be in the chat now: here with us, or in that very room.
 * @param {import('../types.js').Store} store
 * @param {Room} room
 */
function isHere(store, room) {
  const [other, ...more] = othersIn(room, store.me);
  if (other === undefined || more.length > 0) return false;
  const here = store.current === null ? [] : (store.room(store.current)?.people ?? []);
  return here.some((person) => person.username === other.username) || (room.id !== store.current && room.user_count > 0);
}

/**
 * A plain click goes through the page's own history; one for a new tab is the browser's.
 * @param {PageContext} context
 * @param {MouseEvent} event
 * @param {string} room
 */
function follow({ commands }, event, room) {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  commands.showRoom(room);
}

/**
 * Apart from the unread messages, and louder.
 * @param {PageContext} context
 * @param {number} count
 */
function mentions(context, count) {
  return element('span', { class: 'room-link__mentions' },
    element('span', { 'aria-hidden': 'true' }, `@${shown(context, count)}`),
    element('span', { class: 'visually-hidden' }, context.t('rooms.mentions', { count })));
}

/**
 * @param {PageContext} context
 * @param {number} count
 */
function unread(context, count) {
  return element('span', { class: 'room-link__unread' },
    element('span', { 'aria-hidden': 'true' }, shown(context, count)), element('span', { class: 'visually-hidden' }, context.t('rooms.unread', { count })));
}

/**
 * @param {PageContext} context
 * @param {Room} room
 */
function people({ t, locale }, { kind, user_count: count }) {
  if (count === 0 || kind === 'direct') return null;
  return element('span', { class: 'room-link__count' },
    element('span', { 'aria-hidden': 'true' }, new Intl.NumberFormat(locale).format(count)), element('span', { class: 'visually-hidden' }, t('rooms.people', { count })));
}

/**
 * @param {PageContext} context
 * @param {number} count
 */
function shown({ t, locale }, count) {
  return count > MOST_SHOWN ? t('rooms.unread_many') : new Intl.NumberFormat(locale).format(count);
}
