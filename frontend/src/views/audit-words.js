/** One sentence for each entry of the audit log. */
import { formatDateTime } from '../lib/time.js';

/** @typedef {import('../people-types.js').AuditEntry} AuditEntry */

/**
 * Details come from a database that may be older or newer than this page: what is not known is shown as it is, or left out.
 * @param {Pick<import('../types.js').ViewContext, 't' | 'locale'>} context
 * @param {AuditEntry} entry
 */
export function auditWords(context, { actor, actor_id, action, subject, detail }) {
  const { t, locale } = context;
  const told = /** @type {Record<string, unknown>} */ (typeof detail === 'object' && detail !== null ? detail : {});
  const { before, role, until, room_name: room } = told;
  const values = {
    actor: actor_id === undefined ? t('audit.operator') : actor, subject, before: text(before),
    room: room === undefined ? t('audit.closed_room') : text(room),
    until: until === undefined ? '' : formatDateTime(text(until), locale),
    role: known(context, 'role', text(role)),
    changes: Object.entries(told).map(([key, value]) => `${known(context, 'audit_choice', key)}: ${text(value)}`).join(', '),
    reach: reach(context, told),
    backup: text(told['backup']),
  };
  // The first run ends with it.
  if (action === 'choices_changed' && told['is_set_up'] === true) return t('audit.set_up', values);
  return known(context, 'audit_act', action, values) || t('audit.unknown', { ...values, action });
}

/**
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {string} group of the catalogue
 * @param {string} key
 * @param {Record<string, string>} [values]
 * @returns {string} '' in `audit_act`, else the key, where there are no words for it
 */
function known({ t }, group, key, values) {
  const whole = `${group}.${key}`;
  const words = t(whole, values);
  if (words !== whole) return words;
  return group === 'audit_act' ? '' : key;
}

/**
 * What else was shut out, or let in again.
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {Record<string, unknown>} told
 */
function reach({ t }, { devices, addresses }) {
  const parts = [
    typeof devices === 'number' && devices > 0 ? t('audit_reach.devices', { count: devices }) : '',
    Array.isArray(addresses) && addresses.length > 0 ? t('audit_reach.addresses', { count: addresses.length, addresses: text(addresses) }) : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? t('audit_reach.too', { what: parts.join(', ') }) : '';
}

/** @param {unknown} value @returns {string} */
function text(value) {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
