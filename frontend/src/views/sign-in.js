/** The first screen: the name of the chat, a name, one button; for who opens the host's link in other words. And the same question over the page when a session ended. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { NameForm } from './name-form.js';

export class SignIn {
  #form;

  /** @param {import('../types.js').ViewContext} context */
  constructor(context) {
    const { t, actions, host, setTitle } = context;
    const words = host.isExpected ? 'host' : 'sign_in';
    const title = element('h1', { class: 'sign-in__title', dir: 'auto' }, t('app.name'));
    this.#form = new NameForm(context, {
      class: 'sign-in__form', button: t(`${words}.button`), name: '', isMain: true, submit: (name) => actions.signIn(name),
    });
    this.#form.element.prepend(element('header', {}, title, element('p', { class: 'sign-in__lead' }, t(`${words}.lead`))));
    this.element = element('main', { class: 'sign-in' }, this.#form.element);
    setTitle(t('app.name'));
    actions.identity().then(({ name }) => {
      setText(title, name);
      setTitle(name);
    }, () => undefined);
  }

  close() {
    this.element.remove();
  }

  focus() {
    this.#form.focus();
  }
}

/**
 * Over the page, until there is a session again; everything typed stays where it is.
 * @param {import('./context.js').PageContext} context
 * @returns {Dialog}
 */
export function askAgain(context) {
  const { t, actions, store } = context;
  const form = new NameForm(context, {
    class: 'settings', button: t('sign_in.expired_button'), name: store.me?.username ?? '', isMain: true, submit: (name) => actions.signIn(name),
  });
  const dialog = new Dialog(context, { title: t('sign_in.expired_title'), isFirm: true }, element('p', {}, t('sign_in.expired_text')), form.element);
  form.focus();
  return dialog;
}
