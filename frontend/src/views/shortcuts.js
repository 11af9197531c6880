/** The keys of the page, and what they do. */
import { isAlive, roomsInOrder } from '../lib/rooms.js';

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** The modifier of commands as this machine's keyboard has it. */
export const COMMAND_KEY = IS_APPLE ? '⌘' : 'Ctrl';
export const ALT_KEY = IS_APPLE ? '⌥' : 'Alt';

/**
 * Keys that work anywhere on the page, until `signal` aborts.
 * @param {import('./context.js').PageContext} context
 * @param {AbortSignal} signal
 */
export function listenToKeys(context, signal) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (handleKey(context, event)) event.preventDefault();
  }, { signal });
}

/**
 * @param {import('./context.js').PageContext} context
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key was one of ours
 */
function handleKey({ commands, store }, event) {
  if (document.querySelector('dialog[open]')) return false;
  const isCommand = IS_APPLE ? event.metaKey : event.ctrlKey;
  if (isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') commands.jump();
  // Pressed in the field of the search it is the browser's own.
  else if (isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'f') return !isSearchField(event.target) && commands.search(true);
  else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    const room = neighbour(store, event.key === 'ArrowUp' ? -1 : 1, event.shiftKey);
    if (room !== undefined) commands.showRoom(room);
  } else if (event.key === '?' && !isTyping(event.target)) commands.shortcuts();
  else if (event.key === 'Escape' && commands.isSearching()) commands.search(false);
  else if (event.key === 'Escape' && commands.arePeopleShown()) commands.showPeople(false);
  else return false;
  return true;
}

/**
 * The room before or after the current one, in a ring.
 * @param {import('../types.js').Store} store
 * @param {1 | -1} step
 * @param {boolean} isUnread only among rooms with new messages
 * @returns {string | undefined} its id
 */
function neighbour(store, step, isUnread) {
  const rooms = roomsInOrder(store);
  const place = rooms.findIndex((room) => room.id === store.current);
  const ring = step === 1
    ? [...rooms.slice(place + 1), ...rooms.slice(0, place + 1)]
    : [...rooms.slice(0, Math.max(place, 0)).reverse(), ...rooms.slice(Math.max(place, 0)).reverse()];
  return ring.find((room) => room.id !== store.current && (!isUnread || (room.unread > 0 && isAlive(store, room))))?.id;
}

/** @param {EventTarget | null} target */
function isSearchField(target) {
  return target instanceof HTMLElement && target.matches('.search__input');
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches('input:not([type="checkbox"], [type="radio"]), textarea, [contenteditable]');
}
