/** Quiet words beside a name: what somebody is here, and what was done about them. */
import { formatWhen } from '../lib/time.js';
import { element } from './element.js';

/** Most people are members, so nothing is said of that. */
const TOLD = new Set(['host', 'moderator', 'bot', 'guest']);

/**
 * @param {Pick<import('../types.js').ViewContext, 't' | 'locale'>} context
 * @param {{role?: string | undefined, muted_until?: string | undefined, banned_at?: string | undefined}} person
 * @returns {HTMLElement[]}
 */
export function badges({ t, locale }, { role = 'member', muted_until, banned_at }) {
  const found = [];
  if (TOLD.has(role)) found.push(element('span', { class: 'badge' }, t(`role.${role}`)));
  if (banned_at !== undefined) found.push(element('span', { class: 'badge badge--danger' }, t('role.banned')));
  else if (isMuted(muted_until)) found.push(element('span', { class: 'badge badge--warning' }, t('role.muted', { time: formatWhen(muted_until, locale) })));
  return found;
}

/**
 * @param {string | undefined} until RFC 3339
 * @returns {until is string}
 */
export function isMuted(until) {
  return until !== undefined && new Date(until).getTime() > Date.now();
}
