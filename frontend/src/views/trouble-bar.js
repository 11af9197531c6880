/** What is wrong with the server's data, for its hosts: over the whole page, until it has passed. */
import { icon } from '../icons.js';
import { troubleWords } from '../lib/trouble.js';
import { formatWhen } from '../lib/time.js';
import { element } from './element.js';

/** @typedef {import('../lib/trouble.js').Trouble} Trouble */

/** The part of the host's panel in which more is told; else the doctor. @type {ReadonlyMap<string, string>} */
const PARTS = new Map([['backup', 'backups'], ['unproven', 'backups'], ['damaged', 'backups'], ['archive', 'history']]);

export class TroubleBar {
  /** @type {import('./context.js').PageContext} */
  #context;
  /** Of what was said already. @type {Set<string>} */
  #said = new Set();
  #drawn = '';

  /**
   * @param {import('./context.js').PageContext} context
   * @param {AbortSignal} signal the page is left
   */
  constructor(context, signal) {
    this.#context = context;
    this.element = element('section', { class: 'trouble', 'aria-label': context.t('trouble.label'), hidden: true });
    context.store.addEventListener('trouble', () => this.#draw(), { signal });
    this.#draw();
  }

  #draw() {
    const { store, commands } = this.#context;
    const drawn = JSON.stringify(store.trouble);
    if (drawn === this.#drawn) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.#say(this.#drawn !== '' && store.trouble.length === 0);
    this.#drawn = drawn;
    this.element.hidden = store.trouble.length === 0;
    this.element.replaceChildren(...store.trouble.map((each) => this.#line(each)));
    const button = hadFocus ? this.element.querySelector('button') : null;
    if (button) button.focus();
    else if (hadFocus) commands.write();
  }

  /** To those who do not see it: what is new, or that all has passed. @param {boolean} isOver */
  #say(isOver) {
    const { t, store, commands } = this.#context;
    const news = store.trouble.filter(({ kind, since }) => !this.#said.has(kind + since));
    for (const { kind, since } of news) this.#said.add(kind + since);
    for (const { words, todo } of news.map((each) => troubleWords(t, each))) commands.announce(`${words} ${todo}`);
    if (isOver) commands.announce(t('trouble.passed'));
  }

  /** @param {Trouble} trouble */
  #line(trouble) {
    const { t, locale, commands } = this.#context;
    const { words, todo } = troubleWords(t, trouble);
    const part = PARTS.get(trouble.kind) ?? 'doctor';
    return element('div', { class: 'trouble__line' }, icon('look'),
      element('p', { class: 'trouble__words' }, element('strong', {}, words), ` ${todo} `,
        element('span', { class: 'trouble__since' }, t('trouble.since', { time: formatWhen(trouble.since, locale) }))),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => commands.hostPanel(part) }, t(`trouble.to_${part}`)));
  }
}
