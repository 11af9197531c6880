/** What one can do with a person: a menu beside their name, on a phone a sheet. */
import { icon } from '../icons.js';
import { mayMakeRooms, mayRemove } from '../lib/rooms.js';
import { confirm } from './confirm.js';
import { element } from './element.js';
import { errorWords } from './error-words.js';
import { walkMenu } from './message-menu.js';
import { openPopover } from './popover.js';
import { moderationChoices } from './standing.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** `role` and all else: where it is known. @typedef {import('../types.js').Person & {role?: string, muted_until?: string, banned_at?: string}} Somebody */

/**
 * @typedef {object} PersonChoice
 * @property {import('../icons.js').IconName} key its icon
 * @property {string} label
 * @property {boolean} [isDangerous]
 * @property {() => void} run
 */

/**
 * @param {PageContext} context
 * @param {Somebody} person
 * @param {{anchor: Element, room?: string, isKeyboard?: boolean}} where `room`: in which their line stands
 */
export function openPersonMenu(context, person, { anchor, room, isKeyboard = false }) {
  const buttons = choicesFor(context, person, room).map((choice) => element('button', {
    type: 'button', class: `menu__choice${choice.isDangerous ? ' is-danger' : ''}`,
    onclick: () => {
      dialog.close();
      choice.run();
    },
  }, icon(choice.key), choice.label));
  const title = context.t('person.menu', { name: person.username });
  const dialog = openPopover(context, { title, class: 'menu', anchor }, element('div', { class: 'menu__choices' }, ...buttons));
  dialog.element.addEventListener('keydown', (event) => walkMenu(dialog.element, event));
  if (isKeyboard) buttons[0]?.focus();
}

/**
 * Whether there is anything to choose for this person, so that nobody is offered an empty menu.
 * @param {PageContext} context
 * @param {Somebody} person
 * @param {string} [room]
 */
export function hasPersonMenu(context, person, room) {
  return choicesFor(context, person, room).length > 0;
}

/**
 * In the order of the menu.
 * @param {PageContext} context
 * @param {Somebody} person
 * @param {string} [room]
 * @returns {PersonChoice[]}
 */
function choicesFor(context, person, room) {
  const { t, store, commands } = context;
  const { me } = store;
  if (person.username === me?.username) return [];
  const shown = room === undefined ? undefined : store.rooms.get(room);
  /** @type {(PersonChoice | false | undefined)[]} */
  const choices = [
    mayMakeRooms(me) && person.banned_at === undefined && { key: 'message', label: t('person.message'), run: () => void talkTo(context, person.username) },
    shown && !shown.archived && !store.isLeft(shown.id) && { key: 'mention', label: t('person.mention'), run: () => commands.mention(person.username) },
    shown && shown.kind === 'private' && mayRemove(me, shown, person)
      && { key: 'leave', label: t('person.remove'), isDangerous: true, run: () => removeFrom(context, person.username, shown) },
    ...moderationChoices(context, person),
  ];
  return choices.filter((choice) => choice !== false && choice !== undefined);
}

/**
 * Opens the conversation with one person, which may begin by this.
 * @param {PageContext} context
 * @param {string} username
 */
export async function talkTo(context, username) {
  const { rooms, commands } = context;
  try {
    const room = await rooms.openDirect([username]);
    // The list of people that they were found in lies over the room.
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    commands.showRoom(room);
  } catch (error) {
    commands.toast({ level: 'error', words: errorWords(context, error, 'person.gone') });
  }
}

/**
 * @param {PageContext} context
 * @param {string} username
 * @param {Readonly<import('../types.js').Room>} room
 */
function removeFrom(context, username, { id, name }) {
  const { t, rooms, commands } = context;
  confirm(context, {
    title: t('person.remove_title', { name: username, room: name }), text: t('person.remove_text'), yes: t('person.remove_yes'),
    run: async () => {
      await rooms.remove(id, username);
      commands.announce(t('person.removed', { name: username, room: name }));
    },
  });
}
