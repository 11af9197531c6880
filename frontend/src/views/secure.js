/** The way to https: offered where this device can go it, and shown before all else where it is the way the host wants. */
import { Dialog } from './dialog.js';
import { element } from './element.js';

/** Preference: who was offered it wants to stay on http in this browser. */
const DECLINED = 'secure_declined';
/** Where the server says how a device comes to trust it. */
const TRUST = '/trust';

/** @typedef {import('../types.js').ViewContext} ViewContext */

/** A quiet line over the history. */
export class SecureOffer {
  #leaving = new AbortController();
  /** @type {ViewContext} */
  #context;

  /** @param {ViewContext} context */
  constructor(context) {
    const { t, store, actions } = context;
    const { signal } = this.#leaving;
    this.#context = context;
    this.element = element('div', { class: 'offer secure-offer', hidden: true },
      element('span', { class: 'offer__text' }, t('move.offer')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.goOver() }, t('move.go_over')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.setPreference(DECLINED, true) }, t('move.stay')));
    store.addEventListener('secure', () => this.#draw(), { signal });
    store.addEventListener('preference', ({ detail }) => detail.key === DECLINED && this.#draw(), { signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  #draw() {
    const { store, actions } = this.#context;
    this.element.hidden = store.secure.state !== 'trusted' || actions.preference(DECLINED) === true;
  }
}

/**
 * What the settings say of it; nothing where there is nothing to say.
 * @param {ViewContext} context
 * @returns {HTMLElement | null}
 */
export function secureSection({ t, store, actions }) {
  const { state } = store.secure;
  if (state === 'none' || state === 'unknown') return null;
  const words = { here: t('move.here'), trusted: t('move.trusted'), untrusted: t('move.untrusted') }[state];
  const section = element('section', {}, element('h3', { class: 'settings__legend' }, t('move.title')), element('p', { class: 'quiet' }, words));
  if (state === 'trusted') section.append(element('button', { type: 'button', class: 'button', onclick: () => actions.goOver() }, t('move.go_over')));
  if (state === 'untrusted') section.append(element('a', { href: TRUST }, t('move.how')));
  return section;
}

/**
 * Where everybody is to come by https, who cannot yet is told how, before anything else. Whoever has no right to change
 * this device goes on without.
 * @param {ViewContext} context
 */
export function showWayToTrust(context) {
  const { t, store, actions } = context;
  /** @type {Dialog | null} */
  let dialog = null;
  let isDeclined = false;
  const decline = () => {
    isDeclined = true;
    dialog?.close();
  };
  const content = () => [
    element('p', {}, t('move.first_text')),
    element('p', {}, element('a', { class: 'button button--primary', href: TRUST }, t('move.how'))),
    element('div', { class: 'dialog__actions' },
      element('button', { type: 'button', class: 'button', onclick: () => actions.lookForSecure() }, t('move.look_again')),
      element('button', { type: 'button', class: 'button button--quiet', onclick: decline }, t('move.without'))),
  ];
  const follow = () => {
    const { https, state } = store.secure;
    const isWanted = https === 'redirect' && state === 'untrusted' && !isDeclined;
    if (isWanted) dialog ??= new Dialog(context, { title: t('move.first_title'), isFirm: true, onClose: closed }, ...content());
    else dialog?.close();
  };
  // Another screen closes the dialogs of the one before: this one is of them all.
  const closed = () => {
    dialog = null;
    follow();
  };
  store.addEventListener('secure', follow);
}
