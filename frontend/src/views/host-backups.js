/** The copies that there are of everything, another one at a press, and the way back to one. */
import { formatBytes } from '../lib/size.js';
import { formatDateTime } from '../lib/time.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { Restore } from './restore.js';

export class HostBackups {
  /** @type {import('./context.js').PageContext} */
  #context;
  #restore;
  #button;
  #list = element('ul', { class: 'backups__list' });
  #place = element('p', { class: 'quiet backups__name' });
  #words = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#restore = new Restore(context);
    this.#button = element('button', { type: 'button', class: 'button button--primary', onclick: () => void this.#backUp() }, t('backups.now'));
    this.element = element('div', { class: 'host__part' },
      element('p', { class: 'quiet' }, t('backups.hint')),
      element('div', {}, this.#button), this.#words, this.#error, this.#list, this.#place,
      element('section', { class: 'host__section' }, element('h3', {}, t('restore.title')), this.#restore.element));
    void this.#load();
  }

  close() {
    this.#restore.close();
    this.element.remove();
  }

  async #load() {
    const { t, host } = this.#context;
    setText(this.#error, '');
    try {
      const { folder, backups } = await host.backups();
      setText(this.#place, t('backups.place', { folder }));
      this.#list.replaceChildren(...backups.map((backup) => this.#line(backup)));
      setText(this.#words, backups.length === 0 ? t('backups.none') : '');
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    }
  }

  /** @param {import('../types.js').Backup} backup */
  #line({ name, created_at, bytes }) {
    const { locale } = this.#context;
    return element('li', { class: 'backups__line' },
      element('span', {}, formatDateTime(created_at, locale)), element('span', { class: 'quiet' }, formatBytes(bytes, locale)),
      element('span', { class: 'backups__name', dir: 'ltr' }, name));
  }

  async #backUp() {
    const { t, host, locale } = this.#context;
    this.#button.disabled = true;
    setText(this.#error, '');
    setText(this.#words, t('backups.making'));
    try {
      const made = await host.backUp();
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
