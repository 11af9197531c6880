/** The host's invitation: the addresses as they are at this moment and why, a poster, and whether anybody got through. */
import { icon } from '../icons.js';
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { addressLine, codeImage, copyButton, failure, joinLink, otherAddresses, waysWords } from './invitation.js';
import { Poster } from './poster.js';

/** Milliseconds between two looks at the addresses and for the first visitor, while somebody sees this. */
const LOOK_AGAIN = 4000;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('../types.js').Overview} Overview */

/** @param {PageContext} context */
export function openHostInvite(context) {
  if (document.querySelector('dialog[open]')) return;
  const invitation = new HostInvite(context);
  new Dialog(context, { title: context.t('invite.title'), class: 'invitation', onClose: () => invitation.close() }, invitation.element);
}

export class HostInvite {
  #leaving = new AbortController();
  /** @type {PageContext} */
  #context;
  #poster;
  #timer;
  #body = element('div', { class: 'invite' });
  #visited = element('p', { class: 'invite__visited', role: 'status' });
  /** The addresses that are shown. */
  #shown = '';

  /** @param {PageContext} context */
  constructor(context) {
    const { host, store } = context;
    const { signal } = this.#leaving;
    this.#context = context;
    this.#poster = new Poster(context);
    this.element = element('div', { class: 'invite invite--host' }, this.#body, this.#visited);
    host.addEventListener('change', () => this.#draw(), { signal });
    store.addEventListener('identity', () => void this.#look(), { signal });
    this.#timer = setInterval(() => this.#isSeen() && void this.#look(), LOOK_AGAIN);
    this.#draw();
    void this.#look();
  }

  close() {
    this.#leaving.abort();
    clearInterval(this.#timer);
    this.#poster.close();
    this.element.remove();
  }

  #isSeen() {
    return document.visibilityState === 'visible' && this.element.getClientRects().length > 0;
  }

  async #look() {
    const { host } = this.#context;
    try {
      await host.look();
      this.#draw();
    } catch {
      if (host.overview === null && !this.#leaving.signal.aborted) this.#showFailure();
    }
  }

  #showFailure() {
    this.#shown = '';
    this.#body.replaceChildren(...failure(this.#context, () => {
      this.#draw();
      void this.#look();
    }));
  }

  /** What has not changed is left alone, with its focus and its selection. */
  #draw() {
    const { t, host: { overview } } = this.#context;
    if (overview === null) {
      this.#shown = '';
      this.#body.replaceChildren(element('p', { class: 'quiet' }, t('invite.loading')));
      return;
    }
    const places = JSON.stringify([overview.name, overview.addresses, overview.secure_addresses, overview.local_name, overview.ways_in, overview.phrase]);
    if (places !== this.#shown) this.#drawPlaces(overview);
    this.#shown = places;
    this.#visited.hidden = overview.addresses.length === 0;
    this.#visited.classList.toggle('is-done', overview.visited);
    setText(this.#visited, t(overview.visited ? 'invite.visited' : 'invite.not_visited'));
    if (overview.visited) this.#visited.prepend(icon('check'));
  }

  /** @param {Overview} overview */
  #drawPlaces(overview) {
    const { t } = this.#context;
    const hadFocus = this.#body.contains(document.activeElement);
    const isOpen = this.#body.querySelector('details')?.open === true;
    const [best] = overview.addresses;
    this.#poster.draw(overview, overview.ways_in === 'invitation' ? undefined : best?.url);
    const nobody = [element('p', { class: 'invite__alone' }, t('invite.alone')), element('p', {}, t('invite.alone_todo'))];
    this.#body.replaceChildren(...(best ? this.#places(overview, best.url) : nobody));
    const details = this.#body.querySelector('details');
    if (details) details.open = isOpen;
    if (hadFocus) this.#body.querySelector('button')?.focus();
  }

  /**
   * @param {Overview} overview
   * @param {string} best
   */
  #places(overview, best) {
    const { t } = this.#context;
    if (overview.ways_in === 'invitation') return [addressLine(best), ...waysWords(this.#context, overview), this.#toWays()];
    const link = joinLink(best, overview);
    const poster = element('button', { type: 'button', class: 'button', onclick: () => void this.#poster.print() }, icon('print'), t('invite.poster'));
    const named = localUrl(overview, best);
    const others = this.#others(overview);
    return [
      addressLine(best), ...waysWords(this.#context, overview),
      element('div', { class: 'invite__main' }, codeImage(this.#context, best, link), element('div', { class: 'invite__side' },
        element('p', { class: 'quiet' }, t('invite.hint')),
        element('div', { class: 'dialog__actions' }, copyButton(this.#context, link), poster),
        named === null ? null : element('p', { class: 'quiet' }, t('invite.local_name', { address: named })))),
      others.length > 0 ? otherAddresses(this.#context, others, overview) : '',
    ];
  }

  /** Where invitations are made. */
  #toWays() {
    const { t, commands } = this.#context;
    const go = () => {
      this.element.closest('dialog')?.close();
      commands.hostPanel('ways');
    };
    return element('div', {}, element('button', { type: 'button', class: 'button button--primary', onclick: go }, t('ways.make')));
  }

  /** @param {Overview} overview */
  #others({ addresses, secure_addresses: secure }) {
    const { t } = this.#context;
    return [
      ...secure.slice(0, 1).map((address) => ({ address, reason: t('invite.reason_secure') })),
      ...addresses.slice(1).map((place) => ({ address: place.url, reason: t(`invite.reason_${place.reason}`, { interface: place.interface }) })),
    ];
  }
}

/**
 * @param {Overview} overview
 * @param {string} best an address, for its port
 */
function localUrl({ local_name: name }, best) {
  if (name === null) return null;
  const { protocol, port } = new URL(best);
  return `${protocol}//${name}${port === '' ? '' : `:${port}`}`;
}
