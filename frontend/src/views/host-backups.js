/** The copies that there are of everything: whether they are proven, another one at a press, and the way back to one. */
import { icon } from '../icons.js';
import { formatBytes } from '../lib/size.js';
import { formatDateTime, formatWhen } from '../lib/time.js';
import { goesWords, proofOf } from '../lib/upkeep.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { Restore } from './restore.js';

/** @typedef {import('../upkeep-types.js').Backup} Backup */

const PICTURES = /** @type {const} */ ({ proven: 'check', failed: 'look', waiting: 'history' });

export class HostBackups {
  /** @type {import('./context.js').HostContext} */
  #context;
  #restore;
  #button;
  #list = element('ul', { class: 'backups__list' });
  #place = element('p', { class: 'quiet backups__name' });
  #words = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #leaving = new AbortController();

  /** @param {import('./context.js').HostContext} context */
  constructor(context) {
    const { t, upkeep } = context;
    this.#context = context;
    this.#restore = new Restore(context, upkeep);
    this.#button = element('button', { type: 'button', class: 'button button--primary', onclick: () => void this.#backUp() }, t('backups.now'));
    this.element = element('div', { class: 'host__part' },
      element('p', { class: 'quiet' }, t('backups.hint')),
      element('div', {}, this.#button), this.#words, this.#error, this.#list, this.#place,
      element('section', { class: 'host__section' }, element('h3', {}, t('restore.title')), this.#restore.element));
    this.#followRestore();
    void this.#load();
  }

  close() {
    this.#leaving.abort();
    this.#restore.close();
    this.element.remove();
  }

  /** Once the chat is back, what was there before is among the backups. */
  #followRestore() {
    const { host } = this.#context;
    let before = host.phase;
    host.addEventListener('change', () => {
      const { phase } = host;
      if (before === 'restoring' && phase !== 'restoring') {
        this.#restore.done();
        void this.#load();
      }
      before = phase;
    }, { signal: this.#leaving.signal });
  }

  async #load() {
    const { t, upkeep } = this.#context;
    setText(this.#error, '');
    try {
      const { folder, backups } = await upkeep.backups();
      setText(this.#place, t('backups.place', { folder }));
      this.#list.replaceChildren(...backups.map((backup) => this.#line(backup)));
      setText(this.#words, backups.length === 0 ? t('backups.none') : '');
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    }
  }

  /** @param {Backup} backup */
  #line(backup) {
    const { t, locale } = this.#context;
    const { name, created_at, bytes, maker, goes_at } = backup;
    const about = [t(`backups.by_${maker ?? 'somebody'}`), goesWords(t, locale, goes_at)];
    const button = (/** @type {'restore' | 'remove'} */ key, /** @type {() => void} */ onclick) => element('button', {
      type: 'button', class: 'button button--quiet', 'aria-label': t(`backups.${key}_this`, { name }), onclick,
    }, t(`backups.${key}`));
    return element('li', { class: 'backups__line' },
      element('span', { class: 'backups__when' }, formatDateTime(created_at, locale)), element('span', { class: 'quiet' }, formatBytes(bytes, locale)), this.#proof(backup),
      element('span', { class: 'backups__name', dir: 'ltr' }, name), element('span', { class: 'quiet backups__about' }, about.filter((words) => words !== '').join(' ')),
      element('span', { class: 'backups__choices' }, button('restore', () => this.#restore.askFor(backup)), button('remove', () => this.#askToRemove(backup))));
  }

  /** @param {Backup} backup */
  #proof(backup) {
    const { t, locale } = this.#context;
    const state = proofOf(backup);
    const words = t(`backups.${state}`, { time: formatWhen(backup.proven_at ?? 0, locale), reason: backup.failed ?? '' });
    return element('span', { class: `backups__proof is-${state}` }, icon(PICTURES[state]), element('span', {}, words));
  }

  /** @param {Backup} backup */
  #askToRemove({ name, created_at }) {
    const { t, locale, upkeep } = this.#context;
    confirm(this.#context, {
      title: t('backups.remove_title'), text: t('backups.remove_text', { time: formatDateTime(created_at, locale) }), yes: t('backups.remove'),
      run: () => upkeep.removeBackup(name), onDone: () => void this.#removed(name),
    });
  }

  /** @param {string} name */
  async #removed(name) {
    this.#button.focus();
    await this.#load();
    setText(this.#words, this.#context.t('backups.removed', { name }));
  }

  async #backUp() {
    const { t, upkeep, locale } = this.#context;
    this.#button.disabled = true;
    setText(this.#error, '');
    setText(this.#words, t('backups.making'));
    try {
      const made = await upkeep.backUp();
      await this.#load();
      setText(this.#words, t('backups.made', { name: made.name, size: formatBytes(made.bytes, locale) }));
    } catch (error) {
      setText(this.#words, '');
      setText(this.#error, errorWords(this.#context, error));
    } finally {
      this.#button.disabled = false;
    }
  }
}
