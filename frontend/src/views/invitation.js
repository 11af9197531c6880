/** How others join: the best address, its QR code, a button that copies it, and the other addresses. */
import { isLoopback } from '../lib/text.js';
import { Dialog } from './dialog.js';
import { element } from './element.js';

/** Pixels; the picture keeps its place while it loads. */
const CODE_SIZE = 240;

/** @typedef {import('./context.js').PageContext} PageContext */

/** @param {PageContext} context */
export function openInvitation(context) {
  const invitation = new Invitation(context);
  new Dialog(context, { title: context.t('invite.title'), onClose: () => invitation.close() }, invitation.element);
}

export class Invitation {
  /** @type {PageContext} */
  #context;
  #leaving = new AbortController();

  /** @param {PageContext} context */
  constructor(context) {
    this.#context = context;
    this.element = element('div', { class: 'invite' });
    context.store.addEventListener('identity', ({ detail }) => this.#show(detail.addresses), { signal: this.#leaving.signal });
    void this.#load();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  async #load() {
    const { t, actions } = this.#context;
    this.element.replaceChildren(element('p', { class: 'quiet' }, t('invite.loading')));
    try {
      const { addresses } = await actions.identity();
      if (!this.#leaving.signal.aborted) this.#show(addresses);
    } catch {
      if (!this.#leaving.signal.aborted) this.element.replaceChildren(...failure(this.#context, () => void this.#load()));
    }
  }

  /** @param {readonly string[]} addresses the best first */
  #show(addresses) {
    const { t } = this.#context;
    // The machine's own address is named where there is no other, and leads nobody else here.
    const [best, ...others] = addresses.filter((address) => !isLoopback(new URL(address).hostname));
    if (best === undefined) {
      this.element.replaceChildren(element('p', {}, t('invite.none')));
      return;
    }
    this.element.replaceChildren(
      addressLine(best), codeImage(this.#context, best), element('p', { class: 'quiet' }, t('invite.hint')),
      element('div', { class: 'dialog__actions' }, copyButton(this.#context, best)));
    if (others.length > 0) this.element.append(otherAddresses(this.#context, others.map((address) => ({ address }))));
  }
}

/** @param {string} address */
export function addressLine(address) {
  return element('p', { class: 'invite__address', dir: 'ltr' }, address);
}

/**
 * @param {PageContext} context
 * @param {string} address
 */
export function codeImage({ t, actions }, address) {
  return element('img', { class: 'invite__code', src: actions.qrUrl(address), alt: t('invite.code', { address }), width: CODE_SIZE, height: CODE_SIZE });
}

/**
 * @param {PageContext} context
 * @param {{address: string, reason?: string}[]} others `reason` for standing so far down
 */
export function otherAddresses(context, others) {
  const { t } = context;
  const items = others.map(({ address, reason }) => element('li', { class: 'invite__other' },
    element('div', {}, element('span', { class: 'invite__other-address', dir: 'ltr' }, address), reason ? element('p', { class: 'quiet' }, reason) : null),
    copyButton(context, address, t('invite.copy_this', { address }))));
  return element('details', {}, element('summary', {}, t('invite.others')), element('ul', { class: 'invite__others' }, ...items));
}

/**
 * @param {PageContext} context
 * @param {string} address
 * @param {string} [label] where there is more than one such button
 */
export function copyButton({ t, actions, commands }, address, label) {
  const words = element('span', {}, t(label === undefined ? 'invite.copy' : 'invite.copy_short'));
  const button = element('button', { type: 'button', class: 'button', 'aria-label': label }, words);
  button.addEventListener('click', async () => {
    const done = await actions.copyText(address);
    words.textContent = t(done ? 'invite.copied' : 'invite.copy_failed');
    button.removeAttribute('aria-label');
    commands.announce(words.textContent);
  });
  return button;
}

/**
 * @param {PageContext} context
 * @param {() => void} retry
 */
export function failure({ t }, retry) {
  return [
    element('p', {}, t('invite.failed')),
    element('div', {}, element('button', { type: 'button', class: 'button', onclick: retry }, t('invite.retry'))),
  ];
}
