/** One's name, and the preferences of this browser. */
import { Dialog } from './dialog.js';
import { element, freshId, setText } from './element.js';
import { openLeaveAccount } from './leave-account.js';
import { NameForm } from './name-form.js';
import { secureSection } from './secure.js';

const THEMES = ['auto', 'light', 'dark'];

/** @typedef {import('./context.js').PageContext} PageContext */

/** @param {PageContext} context */
export function openSettings(context) {
  const { t, actions, commands } = context;
  /** @type {Dialog} */
  const dialog = new Dialog(context, { title: t('settings.title') }, element('div', { class: 'settings' },
    nameSection(context),
    element('div', {}, element('button', { type: 'button', class: 'button', onclick: () => { dialog.close(); commands.account(); } }, t('settings.account'))),
    themeChoice(context),
    element('fieldset', {}, element('legend', { class: 'settings__legend' }, t('settings.behaviour')),
      soundSwitch(context), notificationSwitch(context), presenceSwitch(context)),
    secureSection(context),
    element('div', { class: 'dialog__actions' },
      element('button', { type: 'button', class: 'button', onclick: () => { dialog.close(); commands.shortcuts(); } }, t('settings.shortcuts')),
      context.store.me?.role === 'host'
        ? element('button', { type: 'button', class: 'button', onclick: () => { dialog.close(); commands.hostPanel(); } }, t('place.host'))
        : null,
      element('button', { type: 'button', class: 'button button--danger', onclick: () => { dialog.close(); void actions.signOut(); } }, t('settings.sign_out'))),
    element('p', { class: 'quiet' }, t(context.store.me?.role === 'guest' ? 'settings.sign_out_guest' : 'settings.sign_out_hint')),
    element('div', {}, element('button', { type: 'button', class: 'button button--danger', onclick: () => { dialog.close(); void openLeaveAccount(context); } }, t('settings.leave')))));
}

/** @param {PageContext} context */
function nameSection(context) {
  const { t, store, actions } = context;
  const done = element('p', { class: 'quiet', role: 'status' });
  const form = new NameForm(context, {
    class: 'settings__name', button: t('settings.rename'), name: store.me?.username ?? '',
    submit: async (name) => {
      setText(done, '');
      await actions.rename(name);
      setText(done, t('settings.renamed', { name: store.me?.username ?? name }));
    },
  });
  return element('div', {}, form.element, done);
}

/** @param {PageContext} context */
function themeChoice({ t, actions }) {
  const name = freshId('theme');
  const present = actions.preference('theme') ?? 'auto';
  const choices = THEMES.map((theme) => {
    const radio = element('input', { type: 'radio', name, value: theme, onchange: () => actions.setPreference('theme', theme) });
    radio.checked = theme === present;
    return element('label', { class: 'choices__choice' }, radio, t(`settings.theme_${theme}`));
  });
  return element('fieldset', {}, element('legend', { class: 'settings__legend' }, t('settings.theme')), element('div', { class: 'choices' }, ...choices));
}

/** @param {PageContext} context */
function soundSwitch({ t, actions }) {
  const box = checkbox(actions.preference('sound') !== false, (isOn) => actions.setPreference('sound', isOn));
  return switchRow(box, t('settings.sound'), t('settings.sound_hint'));
}

/** @param {PageContext} context */
function presenceSwitch({ t, actions }) {
  const box = checkbox(actions.preference('presence_lines') !== false, (isOn) => actions.setPreference('presence_lines', isOn));
  return switchRow(box, t('settings.presence'));
}

/** The permission is asked for by the click that turns it on; where there can be none, the reason stands there. @param {PageContext} context */
function notificationSwitch({ t, actions }) {
  const isPossible = actions.notificationsAvailable;
  const hint = element('span', { class: 'switch__hint', id: freshId('hint') }, t(isPossible ? 'settings.notifications_hint' : 'settings.notifications_unavailable'));
  const box = checkbox(isPossible && actions.preference('notifications') === true, async (isOn) => {
    const answer = isOn ? await actions.allowNotifications() : 'denied';
    box.checked = answer === 'granted';
    actions.setPreference('notifications', box.checked);
    if (isOn && !box.checked) setText(hint, t('settings.notifications_denied'));
  });
  box.disabled = !isPossible;
  box.setAttribute('aria-describedby', hint.id);
  return element('label', { class: 'switch' }, box, element('span', {}, element('span', { class: 'switch__label' }, t('settings.notifications')), hint));
}

/**
 * @param {boolean} isOn
 * @param {(isOn: boolean) => void} change
 */
function checkbox(isOn, change) {
  const box = element('input', { type: 'checkbox', onchange: () => change(box.checked) });
  box.checked = isOn;
  return box;
}

/**
 * @param {HTMLInputElement} box
 * @param {string} label
 * @param {string} [hint]
 */
function switchRow(box, label, hint) {
  return element('label', { class: 'switch' }, box, element('span', {},
    element('span', { class: 'switch__label' }, label), hint ? element('span', { class: 'switch__hint' }, hint) : null));
}
