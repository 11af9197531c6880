/** What moderators and hosts do with a person, each in a dialog that says what it means. */
import { formatDateTime } from '../lib/time.js';
import { isMuted } from './badges.js';
import { box, radios } from './choices.js';
import { confirm } from './confirm.js';
import { Dialog } from './dialog.js';
import { element } from './element.js';
import { Field } from './field.js';
import { OneTime } from './one-time.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('../people-types.js').Role} Role */

/** @typedef {import('./standing.js').Known} Known */

/** Minutes. */
const MUTES = [10, 60, 24 * 60];
/** Whoever has an account that stays does not become a guest. @type {readonly Role[]} */
const ROLES = ['member', 'moderator', 'host', 'bot'];
/** People whose names begin as one does, to find them among. */
const LOOKED_THROUGH = 20;

/** @type {Record<import('./standing.js').Act, (context: PageContext, person: Known) => void>} */
const ACTS = { mute: (context, person) => (isMuted(person.muted_until) ? unmute : mute)(context, person), role: changeRole, rename, hand_back: handBack, sign_out: signOut, ban, unban: liftBan };

/**
 * Asks for what is still to be decided, with what the person is at this moment.
 * @param {PageContext} context
 * @param {import('./standing.js').Act} act
 * @param {Known} person
 */
export async function moderate(context, act, person) {
  ACTS[act](context, await asTheyAre(context, person));
}

/**
 * Lists that a room shows do not say who is muted, or what somebody is.
 * @param {PageContext} context
 * @param {Known} person
 * @returns {Promise<Known>}
 */
async function asTheyAre({ directory }, person) {
  const found = await directory.find({ q: person.username, limit: LOOKED_THROUGH }).catch(() => null);
  return found?.people.find(({ user_id }) => user_id === person.user_id) ?? person;
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function mute(context, { user_id, username }) {
  const { t, directory } = context;
  const choice = radios(MUTES.map((minutes) => ({ value: String(minutes), label: t(`moderation.mute_${minutes}`) })), String(MUTES[0]), t('moderation.mute_legend'));
  confirm(context, {
    title: t('moderation.mute_title', { name: username }), text: t('moderation.mute_text'), yes: t('moderation.mute_yes'), isHarmless: true, more: [choice.element],
    run: async () => said(context, 'moderation.muted', { name: username }, await directory.mute(user_id, Number(choice.value()))),
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function unmute(context, { user_id, username, muted_until = '' }) {
  const { t, locale, directory } = context;
  confirm(context, {
    title: t('moderation.unmute_title', { name: username }), text: t('moderation.unmute_text', { name: username, time: formatDateTime(muted_until, locale) }),
    yes: t('moderation.unmute_yes'), isHarmless: true,
    run: async () => said(context, 'moderation.unmuted', { name: username }, await directory.unmute(user_id)),
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function changeRole(context, { user_id, username, role = 'member' }) {
  const { t, directory } = context;
  const roles = /** @type {readonly Role[]} */ (role === 'guest' ? ['guest', ...ROLES] : ROLES);
  const choice = radios(roles.map((each) => ({ value: each, label: t(`role.${each}`), hint: t(`role.${each}_hint`) })), role, t('moderation.role_legend'));
  confirm(context, {
    title: t('moderation.role_title', { name: username }), text: t('moderation.role_text'), yes: t('host.save'), isHarmless: true, more: [choice.element],
    run: async () => {
      const chosen = /** @type {Role} */ (choice.value());
      if (chosen === role) return;
      said(context, 'moderation.role_done', { name: username, role: t(`role.${chosen}`) }, await directory.setRole(user_id, chosen));
    },
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function rename(context, { user_id, username }) {
  const { t, directory } = context;
  const field = new Field({ label: t('moderation.rename_name'), hint: t('error.name'), attributes: { dir: 'auto', autocomplete: 'off', spellcheck: 'false', maxlength: 32 } });
  field.input.value = username;
  confirm(context, {
    title: t('moderation.rename_title', { name: username }), text: t('moderation.rename_text'), yes: t('settings.rename'), isHarmless: true, more: [field.element],
    run: async () => said(context, 'moderation.renamed', { name: username, other: field.value.trim() }, await directory.rename(user_id, field.value.trim())),
  });
  field.input.select();
  field.input.focus();
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function signOut(context, { user_id, username }) {
  const { t, directory } = context;
  confirm(context, {
    title: t('moderation.sign_out_title', { name: username }), text: t('moderation.sign_out_text'), yes: t('moderation.sign_out_yes'),
    run: async () => {
      await directory.signOut(user_id);
      said(context, 'moderation.signed_out', { name: username });
    },
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function ban(context, { user_id, username }) {
  const { t, directory } = context;
  const devices = box(t('moderation.ban_devices'), t('moderation.ban_devices_hint'), true);
  const address = box(t('moderation.ban_address'), t('moderation.ban_address_hint'), false);
  address.element.classList.add('is-careful');
  confirm(context, {
    title: t('moderation.ban_title', { name: username }), text: t('moderation.ban_text'), yes: t('moderation.ban_yes'),
    more: [element('div', {}, devices.element, address.element)],
    run: async () => {
      const reach = { devices: devices.input.checked, address: address.input.checked };
      said(context, 'moderation.banned', { name: username }, await directory.ban(user_id, reach));
    },
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function liftBan(context, { user_id, username }) {
  const { t, directory } = context;
  confirm(context, {
    title: t('moderation.unban_title', { name: username }), text: t('moderation.unban_text', { name: username }), yes: t('moderation.unban_yes'), isHarmless: true,
    run: async () => said(context, 'moderation.unbanned', { name: username }, await directory.liftBan(user_id)),
  });
}

/**
 * @param {PageContext} context
 * @param {Known} person
 */
function handBack(context, { user_id, username }) {
  const { t, directory } = context;
  confirm(context, {
    title: t('moderation.return_title', { name: username }), text: t('moderation.return_text', { name: username }), yes: t('moderation.return_yes'), isHarmless: true,
    run: async () => {
      const code = await directory.handBack(user_id);
      // Once the question has gone, so that the focus comes back to where that was asked.
      queueMicrotask(() => showLink(context, username, code));
    },
  });
}

/**
 * @param {PageContext} context
 * @param {string} username
 * @param {import('../protocol.js').DeviceLink} code
 */
function showLink(context, username, code) {
  const { t } = context;
  const link = new OneTime(context, { code, key: 'moderation.return_left', spent: 'moderation.return_spent' });
  new Dialog(context, { title: t('moderation.return_link', { name: username }), onClose: () => link.close() },
    element('p', {}, t('moderation.return_hint', { name: username })), link.element);
}

/**
 * @param {PageContext} context
 * @param {string} key
 * @param {Record<string, string>} values
 * @param {unknown} [_person] as they are now; the list of people hears of it by itself
 */
function said({ t, commands }, key, values, _person) {
  commands.toast({ words: t(key, values) });
}
