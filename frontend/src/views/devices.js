/** Where one is signed in, since when and when last; each can be signed out. */
import { formatDateTime, formatRelative } from '../lib/time.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';

/** @typedef {import('../protocol.js').SignedInDevice} Device */

export class Devices {
  /** @type {import('./context.js').PageContext} */
  #context;
  #list = element('ul', { class: 'devices' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #others;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#others = element('button', { type: 'button', class: 'button button--danger', hidden: true, onclick: () => this.#askForAll() }, t('devices.all'));
    this.element = element('div', { class: 'account__body' }, this.#list, this.#error, element('div', {}, this.#others));
    void this.look();
  }

  close() {
    this.element.remove();
  }

  async look() {
    try {
      const devices = await this.#context.account.devices();
      setText(this.#error, '');
      this.#draw(devices);
    } catch (error) {
      setText(this.#error, personErrorWords(this.#context, error));
    }
  }

  /** This one first, then by last use. @param {Device[]} devices */
  #draw(devices) {
    const rank = (/** @type {Device} */ { is_current, last_used_at }) => (is_current ? Infinity : new Date(last_used_at).getTime());
    const sorted = [...devices].sort((one, other) => rank(other) - rank(one));
    this.#list.replaceChildren(...sorted.map((device) => this.#line(device)));
    this.#others.hidden = devices.length < 2;
  }

  /** @param {Device} device */
  #line({ id, device, address, created_at, last_used_at, is_current }) {
    const { t, locale } = this.#context;
    const used = is_current ? t('devices.this') : t('devices.used', { time: formatRelative(last_used_at, locale) });
    const since = t('devices.since', { time: formatRelative(created_at, locale) });
    const button = element('button', { type: 'button', class: 'button', 'aria-label': t('devices.sign_out_this', { device }), onclick: () => void this.#signOut(id, button) }, t('devices.sign_out'));
    return element('li', { class: 'devices__line' },
      element('div', { class: 'devices__words' }, element('strong', { dir: 'auto' }, device),
        element('p', { class: is_current ? 'devices__this' : 'quiet', title: formatDateTime(last_used_at, locale) }, used),
        element('p', { class: 'quiet', title: formatDateTime(created_at, locale) }, since, ' · ', element('bdi', {}, address))),
      is_current ? null : button);
  }

  /**
   * @param {string} id
   * @param {HTMLButtonElement} button
   */
  async #signOut(id, button) {
    const { t, account, commands } = this.#context;
    button.disabled = true;
    try {
      await account.signOutDevice(id);
      commands.announce(t('devices.done'));
      await this.look();
      (this.#others.hidden ? this.element.closest('dialog')?.querySelector('button') : this.#others)?.focus();
    } catch (error) {
      button.disabled = false;
      setText(this.#error, personErrorWords(this.#context, error));
    }
  }

  #askForAll() {
    const { t, account, commands } = this.#context;
    confirm(this.#context, {
      title: t('devices.all_title'), text: t('devices.all_text'), yes: t('devices.all'),
      run: async () => {
        await account.signOutOthers();
        commands.announce(t('devices.done'));
        await this.look();
      },
    });
  }
}
