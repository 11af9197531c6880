/** How a device comes to trust the certificate: download, compare, tell the system, and see whether it worked. */
import { SYSTEMS } from '../lib/system.js';
import { element, setAttribute, setText } from './element.js';

/** What `GET /api/certificate` answers. @typedef {{name: string, file: string, sha256: string, sha1: string}} Certificate */

/**
 * @typedef {object} TrustContext
 * @property {HTMLElement} root
 * @property {import('../types.js').Translate} t
 * @property {import('../lib/system.js').System} system the visitor's own
 * @property {boolean} isSecure whether this page came over https
 * @property {() => Promise<Certificate | null>} load null while https is off
 * @property {() => Promise<boolean>} isTrusted
 */

export class TrustPage {
  #context;
  #result = element('p', { class: 'trust__result', role: 'status' });
  #onward;

  /** @param {TrustContext} context */
  constructor(context) {
    this.#context = context;
    // The chat itself goes over to https: it takes along who one is and what one wrote.
    this.#onward = element('a', { class: 'button button--primary', href: '/', hidden: true }, context.t('trust.onward'));
  }

  /** Load and show all of it. */
  async show() {
    const { root, t, load } = this.#context;
    try {
      const certificate = await load();
      if (certificate) this.#showSteps(certificate);
      else root.replaceChildren(element('h1', {}, t('trust.off_title')), element('p', {}, t('trust.off')), backLink(t));
    } catch {
      root.replaceChildren(element('h1', {}, t('app.name')), element('p', {}, t('error.offline')));
    }
  }

  /** @param {Certificate} certificate */
  #showSteps(certificate) {
    const { root, t } = this.#context;
    document.title = t('trust.title', { chat: certificate.name });
    root.replaceChildren(
      element('h1', {}, t('trust.title', { chat: certificate.name })),
      element('p', { class: 'trust__lead' }, t('trust.lead')),
      this.#checkSection(),
      section(t('trust.get_title'),
        element('a', { class: 'button', href: '/ca.crt' }, t('trust.get', { file: certificate.file }))),
      section(t('trust.compare_title'), element('p', {}, t('trust.compare')), fingerprints(certificate, t)),
      section(t('trust.tell_title'), ...this.#systems().map((system) => this.#steps(system, certificate))),
      element('p', { class: 'quiet' }, t('trust.meaning')),
      backLink(t),
    );
    void this.#check();
  }

  #checkSection() {
    const { t } = this.#context;
    const again = element('button', { class: 'button', type: 'button', onclick: () => void this.#check() }, t('trust.check'));
    return element('section', { class: 'trust__check', 'aria-label': t('trust.check') }, this.#result, element('div', { class: 'trust__choices' }, this.#onward, again));
  }

  async #check() {
    const { t, isSecure, isTrusted } = this.#context;
    setText(this.#result, t('trust.checking'));
    const is = await isTrusted();
    setText(this.#result, t(isSecure ? 'trust.is_here' : is ? 'trust.is_trusted' : 'trust.is_not_trusted'));
    this.#result.dataset['state'] = is ? 'fine' : 'look';
    setAttribute(this.#onward, 'hidden', !is);
  }

  /** The visitor's own first. */
  #systems() {
    const { system } = this.#context;
    return [system, ...SYSTEMS.filter((other) => other !== system)];
  }

  /**
   * @param {import('../lib/system.js').System} system
   * @param {Certificate} certificate
   */
  #steps(system, { name, file }) {
    const { t } = this.#context;
    const steps = element('ol', {}, ...texts(t, `trust.${system}`).map((text) => element('li', {}, text)));
    return element('details', { class: 'trust__system', open: system === this.#context.system },
      element('summary', {}, t(`trust.${system}.title`)),
      steps,
      system === 'linux' && element('pre', { class: 'trust__command', tabindex: 0 }, command(name, file)),
    );
  }
}

/**
 * @param {string} title
 * @param {...Node} content
 */
function section(title, ...content) {
  return element('section', { class: 'trust__section' }, element('h2', {}, title), ...content);
}

/**
 * @param {Certificate} certificate
 * @param {import('../types.js').Translate} t
 */
function fingerprints({ sha256, sha1 }, t) {
  return element('dl', { class: 'trust__fingerprints' },
    element('dt', {}, t('trust.sha256')), element('dd', {}, spaced(sha256)),
    element('dt', {}, t('trust.sha1')), element('dd', {}, spaced(sha1)));
}

/** In pairs of digits, as systems show them. @param {string} digits */
function spaced(digits) {
  return (digits.toUpperCase().match(/../g) ?? []).join(' ');
}

/**
 * The numbered texts of a part of the catalogue, as many as there are.
 * @param {import('../types.js').Translate} t
 * @param {string} part
 */
function texts(t, part) {
  const found = [];
  for (let key = `${part}.1`; t(key) !== key; key = `${part}.${found.length + 1}`) found.push(t(key));
  return found;
}

/**
 * What adds the certificate to those that Chromium trusts. The name is a person's choice: quoted, it is no command.
 * @param {string} name
 * @param {string} file
 */
function command(name, file) {
  return `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n ${quoted(name)} -i ${quoted(file)}`;
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** @param {import('../types.js').Translate} t */
function backLink(t) {
  return element('p', {}, element('a', { href: '/' }, t('trust.back')));
}
