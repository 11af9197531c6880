/** What moderators and hosts may do with a person, for the person's menu; the dialogs are fetched when one is chosen. */
import { isMuted } from './badges.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {'mute' | 'role' | 'rename' | 'hand_back' | 'sign_out' | 'ban' | 'unban'} Act */
/** Somebody as far as they are known. @typedef {Partial<import('../people-types.js').Somebody> & {user_id: string, username: string}} Known */

/** @type {Record<string, number>} */
const RANKS = { guest: 0, bot: 0, member: 1, moderator: 2, host: 3 };

/**
 * In the order of the menu. Who is not known to be more is taken for a member; the server knows better.
 * @param {PageContext} context
 * @param {import('../types.js').Person & {role?: string, muted_until?: string, banned_at?: string}} somebody
 * @returns {import('./person-menu.js').PersonChoice[]}
 */
export function moderationChoices(context, somebody) {
  const { t, store } = context;
  const { user_id } = somebody;
  const mine = rankOf(store.me?.role);
  if (user_id === undefined || user_id === store.me?.user_id || mine < rankOf('moderator')) return [];
  const person = /** @type {Known} */ ({ ...somebody, user_id });
  const isBelow = rankOf(person.role) < mine;
  const isHost = mine === rankOf('host');
  const isIn = person.banned_at === undefined;
  /** @type {[boolean, Act, import('../icons.js').IconName, string?][]} */
  const acts = [
    [isBelow && isIn, 'mute', 'mute', isMuted(person.muted_until) ? 'unmute' : 'mute'],
    [isHost && isIn, 'role', 'role'],
    [isHost && isBelow, 'rename', 'edit'],
    [isHost && isBelow && isIn, 'hand_back', 'key'],
    [isHost && isBelow && isIn, 'sign_out', 'leave'],
    [isHost && isBelow && isIn, 'ban', 'ban'],
    [isHost && !isIn, 'unban', 'check'],
  ];
  return acts.filter(([may]) => may).map(([, act, key, words = act]) => ({
    key, label: t(`person.${words}`), isDangerous: act === 'sign_out' || act === 'ban', run: () => context.commands.moderate(act, person),
  }));
}

/** @param {string | undefined} role */
function rankOf(role = 'member') {
  return RANKS[role] ?? 1;
}
