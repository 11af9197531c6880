/** How others join: the best address, its QR code, a button that copies it, and the other addresses. */
import { isLoopback } from '../lib/text.js';
import { Dialog } from './dialog.js';
import { element } from './element.js';

/** Pixels; the picture keeps its place while it loads. */
const CODE_SIZE = 240;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('../protocol.js').Invite} Invite */

/** @param {PageContext} context */
export function openInvitation(context) {
  const invitation = new Invitation(context);
  new Dialog(context, { title: context.t('invite.title'), onClose: () => invitation.close() }, invitation.element);
}

export class Invitation {
  /** @type {PageContext} */
  #context;
  #leaving = new AbortController();
  /** @type {Invite} */
  #invite = { ways_in: 'open' };

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
    const { t, actions, account } = this.#context;
    this.element.replaceChildren(element('p', { class: 'quiet' }, t('invite.loading')));
    try {
      const { addresses, ways_in } = await actions.identity();
      // Guests are not told the phrase; that there is one is no secret.
      this.#invite = ways_in === 'open' ? { ways_in } : await account.invite().catch(() => ({ ways_in }));
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
    const link = joinLink(best, this.#invite);
    this.element.replaceChildren(addressLine(best), ...waysWords(this.#context, this.#invite));
    if (this.#invite.ways_in === 'invitation') return;
    this.element.append(
      codeImage(this.#context, best, link), element('p', { class: 'quiet' }, t('invite.hint')),
      element('div', { class: 'dialog__actions' }, copyButton(this.#context, link)));
    if (others.length > 0) this.element.append(otherAddresses(this.#context, others.map((address) => ({ address })), this.#invite));
  }
}

/**
 * The address that lets others in: with the phrase where there is one, so that nobody has to type it.
 * @param {string} address
 * @param {Invite} invite
 */
export function joinLink(address, { ways_in, phrase }) {
  return ways_in === 'phrase' && phrase !== undefined ? `${address}/#/join/${phrase.trim().split(/\s+/).join('-')}` : address;
}

/**
 * What else one needs to come in.
 * @param {PageContext} context
 * @param {Invite} invite
 * @returns {HTMLElement[]}
 */
export function waysWords({ t }, { ways_in, phrase }) {
  if (ways_in === 'open') return [];
  if (ways_in === 'invitation') return [element('p', {}, t('invite.by_invitation'))];
  if (phrase === undefined) return [element('p', { class: 'quiet' }, t('invite.phrase_untold'))];
  return [element('p', { class: 'invite__phrase' }, element('span', { class: 'quiet' }, t('invite.phrase')), element('strong', { dir: 'auto' }, phrase))];
}

/** @param {string} address */
export function addressLine(address) {
  return element('p', { class: 'invite__address', dir: 'ltr' }, address);
}

/**
 * @param {PageContext} context
 * @param {string} address
 * @param {string} [link] what it leads to, where that is more than the address
 */
export function codeImage(context, address, link = address) {
  const { t, actions } = context;
  const alt = t('invite.code', { address });
  if (link !== address) return linkPicture(context, link, alt);
  return element('img', { class: 'invite__code', src: actions.qrUrl(address), alt, width: CODE_SIZE, height: CODE_SIZE });
}

/**
 * The picture of a link with a code in it. Without one, the link stands there in writing.
 * @param {PageContext} context
 * @param {string} link
 * @param {string} alt
 */
export function linkPicture({ account }, link, alt) {
  const picture = element('img', { class: 'invite__code', alt, width: CODE_SIZE, height: CODE_SIZE });
  account.picture(link).then((address) => { picture.src = address; }, () => picture.remove());
  return picture;
}

/**
 * @param {PageContext} context
 * @param {{address: string, reason?: string}[]} others `reason` for standing so far down
 * @param {Invite} [invite] what else one needs
 */
export function otherAddresses(context, others, invite = { ways_in: 'open' }) {
  const { t } = context;
  const items = others.map(({ address, reason }) => element('li', { class: 'invite__other' },
    element('div', {}, element('span', { class: 'invite__other-address', dir: 'ltr' }, address), reason ? element('p', { class: 'quiet' }, reason) : null),
    copyButton(context, joinLink(address, invite), t('invite.copy_this', { address }))));
  return element('details', {}, element('summary', {}, t('invite.others')), element('ul', { class: 'invite__others' }, ...items));
}

/**
 * @param {PageContext} context
 * @param {string} address
 * @param {string} [label] where there is more than one such button
 * @param {string} [shown] what stands on it
 */
export function copyButton({ t, actions, commands }, address, label, shown = t(label === undefined ? 'invite.copy' : 'invite.copy_short')) {
  const words = element('span', {}, shown);
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
