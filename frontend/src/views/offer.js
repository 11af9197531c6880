/** Offers notifications once, quietly, after the first message was sent; or says why there are none. */
import { element } from './element.js';

/** Preference: the offer was answered in this browser. */
const ANSWERED = 'notifications_offered';

export class Offer {
  /** @type {import('./context.js').PageContext} */
  #context;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('div', { class: 'offer', hidden: true });
  }

  close() {
    this.element.remove();
  }

  afterSending() {
    const { actions } = this.#context;
    if (!this.element.hidden || actions.preference(ANSWERED) === true || actions.preference('notifications') === true) return;
    this.element.replaceChildren(...(actions.notificationsAvailable ? this.#question() : this.#explanation()));
    this.element.hidden = false;
  }

  #question() {
    const { t, actions } = this.#context;
    const accept = async () => {
      this.#dismiss();
      if ((await actions.allowNotifications()) === 'granted') actions.setPreference('notifications', true);
    };
    return [
      element('span', { class: 'offer__text' }, t('offer.text')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => void accept() }, t('offer.yes')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => this.#dismiss() }, t('offer.no')),
    ];
  }

  #explanation() {
    const { t } = this.#context;
    return [
      element('span', { class: 'offer__text' }, t('offer.unavailable')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => this.#dismiss() }, t('offer.understood')),
    ];
  }

  #dismiss() {
    this.#context.actions.setPreference(ANSWERED, true);
    this.element.hidden = true;
  }
}
