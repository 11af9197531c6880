/** What one does with a room as a whole: be told of it, archive it, leave it. */
import { icon } from '../icons.js';
import { mayChange } from '../lib/rooms.js';
import { confirm } from './confirm.js';
import { element, freshId } from './element.js';
import { errorWords } from './error-words.js';

/** What one is told of a room; the first holds unless one chose. */
const LEVELS = ['all', 'mentions', 'none'];

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {Readonly<import('../types.js').Room>} Room */

/**
 * @param {PageContext} context
 * @param {string} room its id
 */
export function levelChoice({ t, actions }, room) {
  const key = `level:${room}`;
  const name = freshId('level');
  const present = String(actions.preference(key) ?? LEVELS[0]);
  const choices = LEVELS.map((level) => {
    const radio = element('input', { type: 'radio', name, value: level, onchange: () => actions.setPreference(key, level) });
    radio.checked = level === present;
    return element('label', { class: 'choices__choice' }, radio, t(`people.notify_${level}`));
  });
  return element('fieldset', {}, element('legend', { class: 'people__legend' }, t('people.notify')), element('div', { class: 'choices choices--column' }, ...choices));
}

/**
 * The buttons that end something. Empty where there is none.
 * @param {PageContext} context
 * @param {Room} room
 */
export function endings(context, room) {
  const { t, store } = context;
  const button = (/** @type {'archive' | 'leave'} */ picture, /** @type {string} */ words, /** @type {() => void} */ onclick) =>
    element('button', { type: 'button', class: 'button', onclick }, icon(picture), words);
  const parts = [];
  if (mayChange(store.me, room)) {
    parts.push(button('archive', t(room.archived ? 'details.take_up' : 'details.archive'), () => void archive(context, room.id, !room.archived)));
  }
  if (!store.isLeft(room.id)) parts.push(button('leave', t(room.kind === 'direct' ? 'details.leave_direct' : 'details.leave'), () => leave(context, room)));
  if (room.kind === 'direct') parts.push(element('p', { class: 'quiet' }, t('details.leave_direct_hint')));
  return parts;
}

/**
 * @param {PageContext} context
 * @param {string} room
 * @param {boolean} archived false takes it up again
 */
export async function archive(context, room, archived) {
  const { t, rooms, commands } = context;
  try {
    await rooms.change(room, { archived });
    commands.announce(t(archived ? 'details.is_archived' : 'details.is_taken_up'));
  } catch (error) {
    commands.toast({ level: 'error', words: errorWords(context, error, 'notice.no_room') });
  }
}

/**
 * One finds the way back into public rooms and conversations; into a private one somebody must ask one in.
 * @param {PageContext} context
 * @param {Room} room
 */
function leave(context, { id, name, kind }) {
  const { t, rooms, commands } = context;
  if (kind === 'private') {
    confirm(context, { title: t('details.leave_title', { room: name }), text: t('details.leave_text'), yes: t('details.leave'), run: () => rooms.leave(id) });
    return;
  }
  rooms.leave(id).catch((error) => commands.toast({ level: 'error', words: errorWords(context, error, 'notice.no_room') }));
}
