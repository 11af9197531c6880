/** The first screen: the name of the chat, a name, one button. And the same question over the page when a session ended. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { NameForm } from './name-form.js';

export class SignIn {
  #form;

  /** @param {import('../types.js').ViewContext} context */
  constructor(context) {
    const { t, actions, setTitle } = context;
    const title = element('h1', { class: 'sign-in__title', dir: 'auto' }, t('app.name'));
    this.#form = new NameForm(context, {
      class: 'sign-in__form', button: t('sign_in.button'), name: '', isMain: true, submit: (name) => actions.signIn(name),
    });
    this.#form.element.prepend(element('header', {}, title, element('p', { class: 'sign-in__lead' }, t('sign_in.lead'))));
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
