/** What moderators and hosts did, the newest first, by day, each in one sentence. */
import { icon } from '../icons.js';
import { dayKey, formatDateTime, formatDay, formatTime } from '../lib/time.js';
import { auditWords } from './audit-words.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';

const FORMATS = /** @type {const} */ (['csv', 'ndjson']);

export class HostAudit {
  /** @type {import('./context.js').PageContext} */
  #context;
  #days = element('div', { class: 'audit' });
  #none = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #more;
  /** Id of the oldest entry shown. @type {string | undefined} */
  #oldest;
  #lastDay = '';

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, gate } = context;
    this.#context = context;
    this.#more = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => void this.#look() }, t('audit.older'));
    const links = FORMATS.map((format) => element('a', { class: 'button', href: gate.auditUrl(format), download: true, 'aria-label': t('people.export_as', { format: format.toUpperCase() }) },
      icon('download'), format.toUpperCase()));
    this.element = element('div', { class: 'host__part' }, element('div', { class: 'audit__head' }, element('p', { class: 'quiet' }, t('audit.hint')), element('p', { class: 'people__links' }, ...links)),
      this.#none, this.#days, this.#error, element('div', {}, this.#more));
    void this.#look();
  }

  close() {
    this.element.remove();
  }

  async #look() {
    const { t, gate } = this.#context;
    const isFirst = this.#oldest === undefined;
    this.#more.disabled = true;
    setText(this.#error, '');
    try {
      const { entries, has_more } = await gate.audit(this.#oldest);
      const first = entries.map((entry) => this.#add(entry))[0];
      this.#more.hidden = !has_more;
      setText(this.#none, this.#oldest === undefined ? t('audit.none') : '');
      // The button that was pressed is gone then.
      if (!isFirst && !has_more) first?.focus({ preventScroll: true });
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    } finally {
      this.#more.disabled = false;
    }
  }

  /** @param {import('../people-types.js').AuditEntry} entry */
  #add(entry) {
    const { locale } = this.#context;
    const { id, created_at } = entry;
    const day = dayKey(created_at);
    if (day !== this.#lastDay) this.#days.append(element('section', {}, element('h3', {}, formatDay(created_at, locale)), element('ul', {})));
    this.#lastDay = day;
    this.#oldest = id;
    const line = element('li', { class: 'audit__entry', tabindex: -1 },
      element('time', { class: 'quiet', datetime: created_at, title: formatDateTime(created_at, locale) }, formatTime(created_at, locale)),
      element('span', { dir: 'auto' }, auditWords(this.#context, entry)));
    this.#days.lastElementChild?.lastElementChild?.append(line);
    return line;
  }
}
