/** What one can do with a message: the choices of its toolbar, its menu and its keys. */
import { isAlive } from '../lib/rooms.js';

/** @typedef {import('./context.js').RoomContext} RoomContext */
/** @typedef {import('./timeline.js').ShownMessage} ShownMessage */
/** @typedef {import('../types.js').RoomMessage} RoomMessage */

/**
 * @typedef {object} Choice
 * @property {'reply' | 'edit' | 'copy' | 'link' | 'history' | 'delete'} key also the name of its icon
 * @property {string} label
 * @property {(options?: {isKeyboard?: boolean}) => void} run
 */

/**
 * What the reader may do with a message, in the order of the menu. Nothing while it is on its way, or when it is gone; where
 * nothing can be written, no more than reading.
 * @param {RoomContext} context
 * @param {ShownMessage} shown
 * @returns {Choice[]}
 */
export function choicesFor(context, shown) {
  const { t, talk } = context;
  const message = storedOf(shown);
  if (!message) return [];
  const isOpen = canChange(context, message);
  /** @type {(Choice | false)[]} */
  const choices = [
    isOpen && { key: 'reply', label: t('actions.reply'), run: () => talk.reply(message.id) },
    isOpen && shown.is_own && { key: 'edit', label: t('actions.edit'), run: () => talk.edit(message.id, 'list') },
    { key: 'copy', label: t('actions.copy'), run: () => void copy(context, message.message, 'actions.copied') },
    { key: 'link', label: t('actions.link'), run: () => void copy(context, context.actions.linkTo(message), 'actions.link_copied') },
    message.edited_at !== undefined && { key: 'history', label: t('actions.history'), run: () => context.commands.editHistory(message) },
    isOpen && mayDelete(context, shown) && { key: 'delete', label: t('actions.delete'), run: ({ isKeyboard = false } = {}) => remove(context, message, isKeyboard) },
  ];
  return choices.filter((choice) => choice !== false);
}

/**
 * Whether anything can be changed where a message stands: not in a room that is archived or that one has left.
 * @param {RoomContext} context
 * @param {RoomMessage} message
 */
export function canChange({ store }, message) {
  const room = store.rooms.get(message.room);
  return room === undefined || isAlive(store, room);
}

/** The message as the server has it, when something can be done with it. @param {ShownMessage} shown */
export function storedOf({ state, source }) {
  return state === 'saved' && 'id' in source && !source.deleted ? source : null;
}

/**
 * @param {RoomContext} context
 * @param {RoomMessage} message
 * @param {string} emoji
 * @param {boolean} [on] else the opposite of what is
 */
export function react(context, message, emoji, on) {
  const { t, store, actions, commands } = context;
  if (!canChange(context, message)) return;
  const isOwn = message.reactions?.[emoji]?.includes(store.me?.user_id ?? '') ?? false;
  if (on === isOwn) return;
  actions.react(message.id, emoji, on ?? !isOwn).catch((/** @type {import('../types.js').ChatErrorShape} */ error) => {
    const key = { bad_request: 'too_many', conflict: 'gone', not_found: 'gone', offline: 'offline' }[String(error.code)] ?? 'other';
    commands.toast({ words: t(`reactions.refused_${key}`), level: 'error' });
  });
}

/**
 * @param {RoomContext} context
 * @param {ShownMessage} shown
 */
function mayDelete({ store }, shown) {
  return shown.is_own || ['moderator', 'host'].includes(store.me?.role ?? '');
}

/**
 * Gone at once; for a moment it can be brought back.
 * @param {RoomContext} context
 * @param {RoomMessage} message
 * @param {boolean} isKeyboard
 */
function remove({ t, actions, commands, talk }, { id, seq }, isKeyboard) {
  actions.remove(id);
  commands.toast({
    words: t('message.deleted'), stay: actions.undoPeriod, takesFocus: isKeyboard,
    action: { label: t('actions.undo'), run: () => actions.undoRemove(id) && commands.announce(t('message.restored')) },
    onGone: (hadFocus) => hadFocus && talk.focusMessage(seq),
  });
  if (!isKeyboard) talk.write();
}

/**
 * @param {RoomContext} context
 * @param {string} text
 * @param {string} key of the words that tell of it
 */
async function copy({ t, actions, commands }, text, key) {
  const isDone = await actions.copyText(text);
  commands.toast(isDone ? { words: t(key), stay: 3000 } : { words: t('actions.copy_failed', { text }), level: 'error' });
}
