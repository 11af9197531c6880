/** Everybody, as the host sees them, and who is shut out. */
import { formatDateTime, formatRelative } from '../lib/time.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { PeopleList } from './people-list.js';
import { openPersonMenu } from './person-menu.js';

/** @typedef {import('../people-types.js').Ban} Ban */

export class HostPeople {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #people;
  #bans = element('ul', { class: 'bans' });
  #none;
  #error = element('p', { class: 'field__error', role: 'alert' });

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, directory } = context;
    this.#context = context;
    this.#people = new PeopleList(context, { open: (person, anchor) => openPersonMenu(context, person, { anchor }) });
    this.#none = element('p', { class: 'quiet' });
    this.element = element('div', { class: 'host__part' }, this.#people.element,
      element('section', { class: 'host__section' }, element('h3', {}, t('bans.title')), this.#none, this.#bans, this.#error));
    directory.addEventListener('person', () => void this.#look(), { signal: this.#leaving.signal });
    void this.#look();
  }

  close() {
    this.#leaving.abort();
    this.#people.close();
    this.element.remove();
  }

  async #look() {
    const { t, gate } = this.#context;
    try {
      const bans = await gate.bans();
      setText(this.#error, '');
      setText(this.#none, t(bans.length === 0 ? 'bans.none' : 'bans.hint'));
      this.#bans.replaceChildren(...bans.map((ban) => this.#line(ban)));
    } catch (error) {
      setText(this.#error, personErrorWords(this.#context, error));
    }
  }

  /** @param {Ban} ban */
  #line(ban) {
    const { t, locale } = this.#context;
    const { created_at, by } = ban;
    const words = t('bans.by', { name: by, time: formatRelative(created_at, locale) });
    const lift = element('button', { type: 'button', class: 'button', 'aria-label': t('bans.lift_this', { what: this.#what(ban) }), onclick: () => this.#lift(ban) }, t('bans.lift'));
    return element('li', { class: 'devices__line' },
      element('div', { class: 'devices__words' }, element('strong', { dir: 'auto' }, this.#what(ban)), element('p', { class: 'quiet', title: formatDateTime(created_at, locale) }, words)),
      lift);
  }

  /** @param {Ban} ban */
  #what({ kind, username = '', address = '' }) {
    return this.#context.t(`bans.${kind}`, { name: username, address });
  }

  /** @param {Ban} ban */
  #lift(ban) {
    const { t, gate } = this.#context;
    confirm(this.#context, {
      title: t('bans.lift_title'), text: t('bans.lift_text', { what: this.#what(ban) }), yes: t('bans.lift'),
      isHarmless: true, run: async () => {
        await gate.removeBan(ban.id);
        await Promise.all([this.#look(), this.#people.look()]);
      },
    });
  }
}
