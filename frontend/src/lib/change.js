/** What somebody is changing in one message, as it is kept, and what is to be asked for next. Pure. */

/** `remove_at`: when a deletion is sent, ms since the epoch. @typedef {import('../types.js').Change & {user_id: string, history_id: string, remove_at?: number}} Item */

/**
 * One thing to ask for. `part` names what of the item it settles.
 * @typedef {{part: string, event: 'edit_message' | 'delete_message' | 'react', payload: {id: string, message?: string, emoji?: string, on?: boolean}}} Step
 */

/**
 * What to ask for next: nothing while a deletion can be undone, since that would make all else vain.
 * @param {Item} item
 * @param {number} now
 * @returns {Step | null}
 */
export function nextStep({ id, message, reactions = {}, is_removing, remove_at = 0 }, now) {
  if (is_removing) return remove_at <= now ? { part: 'removal', event: 'delete_message', payload: { id } } : null;
  if (message !== undefined) return { part: 'message', event: 'edit_message', payload: { id, message } };
  const [emoji, on] = Object.entries(reactions)[0] ?? [];
  return emoji === undefined || on === undefined ? null : { part: `reaction ${emoji}`, event: 'react', payload: { id, emoji, on } };
}

/**
 * @param {Item} item
 * @param {string} part
 * @returns {Item}
 */
export function without(item, part) {
  const { message, reactions = {}, is_removing: _, remove_at: __, ...bare } = item;
  if (part === 'removal') return { ...bare, ...(message === undefined ? {} : { message }), reactions };
  if (part === 'message') return { ...bare, reactions };
  const others = Object.fromEntries(Object.entries(reactions).filter(([emoji]) => part !== `reaction ${emoji}`));
  return { ...bare, ...(message === undefined ? {} : { message }), reactions: others };
}

/** @param {Item} item */
export function isEmpty({ message, reactions = {}, is_removing }) {
  return message === undefined && !is_removing && Object.keys(reactions).length === 0;
}

/** @param {Item} item */
export function keyOf({ history_id, id }) {
  return `change:${history_id}:${id}`;
}

/**
 * What was kept, if it is an item: the storage can be edited, and another version may have written it.
 * @param {unknown} value
 * @returns {Item | null}
 */
export function readItem(value) {
  const item = /** @type {Partial<Item> | null | undefined} */ (value);
  const isItem = typeof item?.id === 'string' && typeof item.room === 'string' && typeof item.user_id === 'string'
    && typeof item.history_id === 'string' && (item.message === undefined || typeof item.message === 'string')
    && (item.reactions === undefined || typeof item.reactions === 'object');
  return isItem ? /** @type {Item} */ (item) : null;
}
