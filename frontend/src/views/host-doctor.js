/** Looks at everything that the chat depends on, and says what is to be done where something is wrong. */
import { icon } from '../icons.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';

const PICTURES = /** @type {const} */ ({ fine: 'check', look: 'look', broken: 'close' });

export class HostDoctor {
  /** @type {import('./context.js').HostContext} */
  #context;
  #again;
  #summary = element('p', { class: 'doctor__summary', role: 'status' });
  #list = element('ul', { class: 'doctor__findings' });
  #error = element('p', { class: 'field__error', role: 'alert' });

  /** @param {import('./context.js').HostContext} context */
  constructor(context) {
    this.#context = context;
    this.#again = element('button', { type: 'button', class: 'button', onclick: () => void this.#examine() }, context.t('doctor.again'));
    this.element = element('div', { class: 'host__part' },
      element('div', { class: 'doctor__head' }, this.#summary, this.#again), this.#error, this.#list);
    void this.#examine();
  }

  close() {
    this.element.remove();
  }

  async #examine() {
    const { t, upkeep } = this.#context;
    this.#again.disabled = true;
    setText(this.#error, '');
    setText(this.#summary, t('doctor.looking'));
    try {
      this.#show(await upkeep.doctor());
    } catch (error) {
      setText(this.#summary, '');
      setText(this.#error, errorWords(this.#context, error));
    } finally {
      this.#again.disabled = false;
    }
  }

  /** @param {import('../types.js').Finding[]} findings */
  #show(findings) {
    const { t } = this.#context;
    const count = findings.filter(({ state }) => state !== 'fine').length;
    setText(this.#summary, t('doctor.summary', { count }));
    this.#list.replaceChildren(...findings.map((finding) => this.#finding(finding)));
  }

  /** @param {import('../types.js').Finding} finding */
  #finding({ title, state, text, todo }) {
    const { t } = this.#context;
    return element('li', { class: `finding is-${state}` }, element('span', { class: 'finding__picture' }, icon(PICTURES[state])),
      element('div', { class: 'finding__words' },
        element('h3', { class: 'finding__title' }, title, element('span', { class: 'finding__state' }, t(`doctor.${state}`))),
        element('p', {}, text),
        todo ? element('p', { class: 'finding__todo' }, todo) : null));
  }
}
