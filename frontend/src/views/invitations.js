/** Links that the host makes for those who shall come in, each for so many people and so long. */
import { formatDateTime, formatRelative } from '../lib/time.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { copyButton, linkPicture } from './invitation.js';
import { addressForOthers } from './one-time.js';
import { select } from './select.js';

/** @typedef {import('../protocol.js').Invitation} Invitation */

const ROLES = ['member', 'guest', 'moderator'];
/** How many may use one; 0: as many as like. */
const USES = [1, 5, 25, 0];
const DAYS = [1, 7, 30];

export class Invitations {
  /** @type {import('./context.js').PageContext} */
  #context;
  #list = element('ul', { class: 'bans' });
  #made = element('div', { class: 'invitations__made', role: 'group' });
  #none = element('p', { class: 'quiet' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #button;
  #fields;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#fields = {
      role: select(t('invitations.role'), ROLES.map((role) => [role, t(`role.${role}`)])),
      uses: select(t('invitations.uses'), USES.map((uses) => [String(uses), uses === 0 ? t('invitations.unlimited') : t('invitations.people', { count: uses })])),
      days: select(t('invitations.days'), DAYS.map((days) => [String(days), t('kept.days', { count: days })]), '7'),
    };
    this.#button = element('button', { class: 'button button--primary' }, t('invitations.make'));
    this.#made.setAttribute('aria-label', t('invitations.made'));
    this.#made.hidden = true;
    const form = element('form', { class: 'invitations__form', onsubmit: (/** @type {Event} */ event) => void this.#make(event) },
      ...Object.values(this.#fields).map((field) => field.element), element('div', {}, this.#button));
    this.element = element('div', { class: 'account__body' }, element('p', { class: 'quiet' }, t('invitations.hint')), form, this.#made, this.#error, this.#none, this.#list);
    void this.#look();
  }

  close() {
    this.element.remove();
  }

  async #look() {
    const { t, gate } = this.#context;
    try {
      const invitations = await gate.invitations();
      setText(this.#none, invitations.length === 0 ? t('invitations.none') : '');
      this.#list.replaceChildren(...invitations.map((invitation) => this.#line(invitation)));
    } catch (error) {
      setText(this.#error, personErrorWords(this.#context, error));
    }
  }

  /** @param {Invitation} invitation */
  #line(invitation) {
    const { t, locale } = this.#context;
    const { role, uses_left, created_at, expires_at } = invitation;
    const uses = uses_left === undefined ? t('invitations.unlimited') : t('invitations.left', { count: uses_left });
    const remove = element('button', { type: 'button', class: 'button', 'aria-label': t('invitations.remove_this', { time: formatDateTime(created_at, locale) }), onclick: () => this.#remove(invitation) }, t('invitations.remove'));
    return element('li', { class: 'devices__line' },
      element('div', { class: 'devices__words' }, element('strong', {}, t(`role.${role}`), ' · ', uses),
        element('p', { class: 'quiet', title: formatDateTime(expires_at, locale) },
          t('invitations.times', { made: formatRelative(created_at, locale), end: formatRelative(expires_at, locale) }))),
      remove);
  }

  /** @param {Event} event */
  async #make(event) {
    event.preventDefault();
    const { gate } = this.#context;
    const uses = Number(this.#fields.uses.value());
    this.#button.disabled = true;
    setText(this.#error, '');
    try {
      const role = /** @type {import('../people-types.js').Role} */ (this.#fields.role.value());
      const made = await gate.invite({ role, days: Number(this.#fields.days.value()), ...(uses === 0 ? {} : { uses }) });
      await Promise.all([this.#show(made), this.#look()]);
    } catch (error) {
      setText(this.#error, personErrorWords(this.#context, error));
    } finally {
      this.#button.disabled = false;
    }
  }

  /** The link is told now and never again. @param {import('../protocol.js').NewInvitation} invitation */
  async #show({ code }) {
    const { t } = this.#context;
    const link = `${await addressForOthers(this.#context)}/#/invite/${code}`;
    this.#made.hidden = false;
    this.#made.replaceChildren(
      element('p', {}, element('strong', {}, t('invitations.made'))), linkPicture(this.#context, link, t('invitations.code')),
      element('p', { class: 'one-time__link', dir: 'ltr' }, link),
      element('div', { class: 'dialog__actions' }, copyButton(this.#context, link, undefined, t('device_link.copy'))));
    this.#made.querySelector('button')?.focus();
  }

  /** @param {Invitation} invitation */
  #remove({ id }) {
    const { t, gate } = this.#context;
    confirm(this.#context, {
      title: t('invitations.remove_title'), text: t('invitations.remove_text'), yes: t('invitations.remove'),
      run: async () => {
        await gate.removeInvitation(id);
        this.#made.hidden = true;
        this.#made.replaceChildren();
        await this.#look();
      },
    });
  }
}
