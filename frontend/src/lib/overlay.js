/** Lays what this person is changing over a message, until the server has said that it is so. */

/** @typedef {import('../types.js').RoomMessage} RoomMessage */

/**
 * @param {import('../protocol.js').Message} message
 * @param {import('../types.js').Change | undefined} change
 * @param {string} me the person's id
 * @returns {RoomMessage} the message itself when nothing is changed
 */
export function overlaid(message, change, me) {
  if (!change || message.deleted) return message;
  /** @type {RoomMessage} */
  const shown = { ...message };
  if (change.message !== undefined) Object.assign(shown, { message: change.message, is_saving: true });
  for (const [emoji, on] of Object.entries(change.reactions ?? {})) shown.reactions = withReaction(shown.reactions ?? {}, emoji, { me, on });
  if (shown.reactions && Object.keys(shown.reactions).length === 0) delete shown.reactions;
  return shown;
}

/**
 * @param {Record<string, string[]>} reactions
 * @param {string} emoji
 * @param {{me: string, on: boolean}} whose
 * @returns {Record<string, string[]>}
 */
function withReaction(reactions, emoji, { me, on }) {
  const people = reactions[emoji] ?? [];
  if (people.includes(me) === on) return reactions;
  const { [emoji]: _, ...others } = reactions;
  const changed = on ? [...people, me] : people.filter((each) => each !== me);
  if (changed.length === 0) return others;
  return emoji in reactions ? { ...reactions, [emoji]: changed } : { ...others, [emoji]: changed };
}
