/** How others come in: what they need for it, the phrase, what they are then; and the invitations. */
import { radios } from './choices.js';
import { confirm } from './confirm.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { Invitations } from './invitations.js';

/** @type {import('../people-types.js').WaysIn[]} */
const WAYS = ['open', 'phrase', 'invitation'];
/** @type {import('../people-types.js').Role[]} */
const NEWCOMERS = ['member', 'guest'];

/** @typedef {import('../types.js').Choice} Choice */

export class HostWays {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #invitations;
  #done = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #words = element('p', { class: 'ways__phrase', dir: 'auto' });
  #phrase;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, host } = context;
    this.#context = context;
    this.#invitations = new Invitations(context);
    const overview = /** @type {import('../types.js').Overview} */ (host.overview);
    const told = (/** @type {string} */ way) => ({ value: way, label: t(`ways.${way}`), hint: t(`ways.${way}_hint`) });
    const ways = radios(WAYS.map(told), overview.ways_in, t('ways.legend'));
    const newcomers = radios(NEWCOMERS.map(told), overview.newcomers, t('ways.newcomers'));
    for (const [key, choice] of /** @type {const} */ ([['ways_in', ways], ['newcomers', newcomers]])) {
      choice.element.disabled = overview.fixed.includes(key);
      choice.element.addEventListener('change', () => void this.#choose(/** @type {Choice} */ ({ [key]: choice.value() })));
    }
    this.#phrase = element('section', { class: 'ways__shown' }, element('h3', {}, t('ways.words')), this.#words,
      element('p', { class: 'quiet' }, t('ways.words_hint')),
      element('div', { class: 'dialog__actions' }, element('button', { type: 'button', class: 'button', onclick: () => this.#renew() }, t('ways.renew'))));
    this.element = element('div', { class: 'host__part' }, ways.element, this.#phrase, newcomers.element, this.#done, this.#error,
      element('section', { class: 'host__section' }, element('h3', {}, t('invitations.title')), this.#invitations.element));
    host.addEventListener('change', () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.#invitations.close();
    this.element.remove();
  }

  #draw() {
    const { host: { overview } } = this.#context;
    this.#phrase.hidden = overview?.ways_in !== 'phrase' || overview.phrase === undefined;
    setText(this.#words, overview?.phrase ?? '');
  }

  /** What is chosen holds at once: there is nothing here that could not be chosen back. @param {Choice} choice */
  async #choose(choice) {
    const { t, host } = this.#context;
    setText(this.#error, '');
    setText(this.#done, '');
    try {
      await host.choose(choice);
      setText(this.#done, t('host.saved'));
    } catch (error) {
      setText(this.#error, errorWords(this.#context, error));
    }
  }

  #renew() {
    const { t, host } = this.#context;
    confirm(this.#context, { title: t('ways.renew_title'), text: t('ways.renew_text'), yes: t('ways.renew'), run: () => host.newPhrase() });
  }
}
