/** One's own account: the password, the devices one is signed in on, and the way to another one. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { Devices } from './devices.js';
import { PasswordForm } from './password-form.js';
import { DeviceLink } from './device-link.js';

/** @typedef {import('./context.js').PageContext} PageContext */

/** @param {PageContext} context */
export function openAccount(context) {
  const { t } = context;
  const body = element('div', { class: 'account' }, element('p', { class: 'quiet' }, t('host.loading')));
  /** @type {import('./context.js').View[]} */
  const parts = [];
  const dialog = new Dialog(context, { title: t('account.title'), onClose: () => { for (const part of parts) part.close(); } }, body);
  void fill(context, body, parts, dialog);
}

/**
 * @param {PageContext} context
 * @param {HTMLElement} body
 * @param {import('./context.js').View[]} parts
 * @param {Dialog} dialog
 */
async function fill(context, body, parts, dialog) {
  const { t, account } = context;
  try {
    const me = await account.look();
    if (!dialog.element.isConnected) return;
    const devices = new Devices(context);
    parts.push(new PasswordForm(context, me.has_password, () => devices.look()), devices, new DeviceLink(context));
    const titles = ['password.title', 'devices.title', 'device_link.title'];
    body.replaceChildren(
      element('p', { class: 'quiet' }, t(me.role === 'guest' ? 'account.guest' : 'account.lasts')),
      ...parts.map((part, index) => element('section', { class: 'account__part' }, element('h3', {}, t(String(titles[index]))), part.element)));
  } catch (error) {
    const words = element('p', { class: 'field__error', role: 'alert' });
    body.replaceChildren(words);
    setText(words, personErrorWords(context, error));
  }
}
