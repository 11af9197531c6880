/** The first run: what this chat is called and how long it keeps what was said; or everything as a backup or an archive has it. */
import { ChatForm } from './chat-form.js';
import { element } from './element.js';
import { Import } from './import.js';
import { Upkeep } from '../upkeep.js';
import { Restore } from './restore.js';

export class FirstRun {
  #form;
  #restore;
  #import;

  /** @param {import('../types.js').ViewContext} context whose host has an overview */
  constructor(context) {
    const { t, host, store, server, setTitle } = context;
    const upkeep = new Upkeep(server);
    const overview = /** @type {import('../types.js').Overview} */ (host.overview);
    this.#form = new ChatForm(context, { overview, button: t('first_run.button'), isFirst: true });
    this.#restore = new Restore(context, upkeep, { isFirst: true });
    this.#import = new Import(context, upkeep, (file) => t('first_run.imported', { file }));
    this.element = element('main', { class: 'sign-in' }, element('div', { class: 'sign-in__form first-run' },
      element('header', {}, element('h1', { class: 'sign-in__title' }, t('first_run.title')),
        element('p', { class: 'sign-in__lead', dir: 'auto' }, t('first_run.lead', { name: store.me?.username ?? '' }))),
      this.#form.element,
      element('section', { class: 'first-run__or' }, element('h2', {}, t('first_run.restore')), this.#restore.element),
      element('section', { class: 'first-run__or' }, element('h2', {}, t('first_run.import')), this.#import.element)));
    setTitle(t('first_run.title'));
  }

  focus() {
    this.#form.focus();
  }

  close() {
    this.#restore.close();
    this.#import.close();
    this.element.remove();
  }
}
