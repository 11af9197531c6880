/** The way back to the newest message: how many are new, or an arrow alone. */
import { icon } from '../icons.js';
import { element } from './element.js';

export class Latest {
  /** @type {import('./context.js').PageContext} */
  #context;
  #words = '';

  /**
   * @param {import('./context.js').PageContext} context
   * @param {() => void} go
   */
  constructor(context, go) {
    this.#context = context;
    this.element = element('button', { type: 'button', class: 'messages__pill', hidden: true, onclick: go });
  }

  /** @param {{fresh: number, isFar: boolean}} place new messages below what can be seen; whether the end is far */
  show({ fresh, isFar }) {
    const { t } = this.#context;
    this.element.hidden = fresh === 0 && !isFar;
    this.element.classList.toggle('is-quiet', fresh === 0);
    const words = fresh > 0 ? t('messages.pill', { count: fresh }) : t('messages.latest');
    if (this.#words === words) return;
    this.#words = words;
    this.element.replaceChildren(icon('arrow_down'), element('span', { class: fresh > 0 ? '' : 'visually-hidden' }, words));
  }
}
