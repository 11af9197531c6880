/** The first screen: the name of the chat, a name, one button; for who opens the host's link in other words. And the same question over the page when a session ended. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { SignInForm } from './sign-in-form.js';

export class SignIn {
  #leaving = new AbortController();
  /** @type {import('../types.js').ViewContext} */
  #context;
  #form;
  #title = element('h1', { class: 'sign-in__title', dir: 'auto' });
  #lead = element('p', { class: 'sign-in__lead' });
  #spent = element('p', { class: 'sign-in__spent', role: 'alert' });
  /** @type {import('../people-types.js').WaysIn} */
  #waysIn = 'open';

  /** @param {import('../types.js').ViewContext} context */
  constructor(context) {
    const { t, host, entry, setTitle } = context;
    this.#context = context;
    setText(this.#title, t('app.name'));
    this.#form = new SignInForm(context, { class: 'sign-in__form', button: t(host.isExpected ? 'host.button' : 'sign_in.button'), name: '' });
    this.#form.element.prepend(element('header', {}, this.#title, this.#lead), this.#spent);
    this.element = element('main', { class: 'sign-in' }, this.#form.element);
    setTitle(t('app.name'));
    entry.addEventListener('change', () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
    void this.#ask();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  focus() {
    this.#form.focus();
  }

  async #ask() {
    const { actions, setTitle } = this.#context;
    try {
      const { name, ways_in } = await actions.identity();
      if (this.#leaving.signal.aborted) return;
      setText(this.#title, name);
      setTitle(name);
      this.#waysIn = ways_in;
      this.#draw();
    } catch {
      // What is needed besides a name is told when there is an answer to that.
    }
  }

  #draw() {
    const { t } = this.#context;
    setText(this.#lead, t(this.#words()));
    setText(this.#spent, this.#context.entry.isSpent ? t('sign_in.spent') : '');
    this.#spent.hidden = !this.#context.entry.isSpent;
    const { host } = this.#context;
    if (host.isExpected && this.#waysIn !== 'open') this.#form.setKey(host.key);
    this.#form.setWaysIn(host.isExpected ? 'open' : this.#waysIn);
  }

  /** What is said first. */
  #words() {
    const { host, entry: { key } } = this.#context;
    if (host.isExpected) return 'host.lead';
    if (key.invitation !== undefined) return 'sign_in.invited';
    if (key.phrase !== undefined || this.#waysIn === 'open') return 'sign_in.lead';
    return `sign_in.lead_${this.#waysIn}`;
  }
}

/**
 * Over the page, until there is a session again; everything typed stays where it is.
 * @param {import('./context.js').PageContext} context
 * @returns {Dialog}
 */
export function askAgain(context) {
  const { t, actions, store } = context;
  const form = new SignInForm(context, { class: 'settings', button: t('sign_in.expired_button'), name: store.me?.username ?? '' });
  const dialog = new Dialog(context, { title: t('sign_in.expired_title'), isFirm: true }, element('p', {}, t('sign_in.expired_text')), form.element);
  actions.identity().then(({ ways_in }) => form.setWaysIn(ways_in), () => undefined);
  form.focus();
  return dialog;
}
