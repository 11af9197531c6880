/**
 * Asks who somebody is: a name, and what else this chat or this name wants (a phrase, a password). What was wrong stands
 * at the field it is about.
 */
import { element, setText } from './element.js';
import { Field, passwordField } from './field.js';
import { waitWords } from './wait.js';

const LONGEST_NAME = 32;

/** @typedef {import('../types.js').ChatErrorShape} ChatErrorShape */

/**
 * @typedef {object} SignInFormOptions
 * @property {string} class of the form
 * @property {string} button
 * @property {string} name to begin with
 */

export class SignInForm {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #options;
  #name;
  #phrase;
  #password;
  #button;
  /** What a name with a password asks for, and the way back from there. */
  #known = element('p', { class: 'quiet', hidden: true, dir: 'auto' });
  #back;
  #toPassword;
  #choices;
  #error = element('p', { class: 'field__error', role: 'alert' });
  #help;
  /** Name of the person whose password is asked for. @type {string | null} */
  #asked = null;
  /** @type {{invitation?: string}} */
  #given = {};
  /** @type {import('../people-types.js').WaysIn} */
  #waysIn = 'open';

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {SignInFormOptions} options
   */
  constructor(context, options) {
    const { t } = context;
    this.#context = context;
    this.#options = options;
    this.#name = new Field({ label: t('sign_in.name'), attributes: {
      name: 'username', dir: 'auto', autocomplete: 'username', autocapitalize: 'words', spellcheck: 'false', required: true, enterkeyhint: 'go',
    } });
    this.#name.input.value = options.name;
    this.#phrase = new Field({ label: t('sign_in.phrase'), hint: t('sign_in.phrase_hint'), attributes: {
      name: 'phrase', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', dir: 'auto', enterkeyhint: 'go',
    } });
    this.#password = passwordField(context, { label: t('sign_in.password'), kind: 'current-password' });
    this.#button = element('button', { class: 'button button--primary' }, options.button);
    this.#back = element('button', { type: 'button', class: 'button button--quiet', onclick: () => this.#forget() }, t('sign_in.not_me'));
    this.#toPassword = element('button', { type: 'button', class: 'button button--quiet', onclick: () => this.#askPassword(null) }, t('sign_in.have_password'));
    this.#choices = element('div', { class: 'sign-in__ways' }, this.#back, this.#toPassword);
    this.#help = element('details', { class: 'sign-in__help' }, element('summary', {}, t('sign_in.is_mine')), element('p', { class: 'quiet' }, t('sign_in.is_mine_text')));
    this.element = element('form', { class: options.class, novalidate: true, onsubmit: (event) => void this.#submit(event) },
      this.#name.element, this.#phrase.element, this.#known, this.#password.element, this.#error, this.#button,
      this.#choices, this.#help);
    this.#help.hidden = true;
    this.#layOut();
  }

  focus() {
    const target = this.#asked === null ? this.#name.input : this.#password.input;
    target.focus();
    target.select();
  }

  /** What somebody comes with who opened no link into this chat. @param {{invitation?: string}} key */
  setKey(key) {
    this.#given = key;
  }

  /** What one needs to come in, as far as the opened link does not bring it. @param {import('../people-types.js').WaysIn} ways */
  setWaysIn(ways) {
    this.#waysIn = ways;
    this.#layOut();
  }

  /** Who is invited by nothing but a link comes in without one by a password alone. */
  #layOut() {
    const { phrase, invitation } = this.#context.entry.key;
    const isAsked = this.#asked !== null;
    const isClosed = this.#waysIn === 'invitation' && invitation === undefined;
    this.#phrase.element.hidden = isAsked || this.#waysIn !== 'phrase' || phrase !== undefined || invitation !== undefined;
    this.#toPassword.hidden = isAsked || this.#phrase.element.hidden;
    this.#password.element.hidden = !isAsked && !isClosed;
    this.#back.hidden = !isAsked;
    this.#known.hidden = !isAsked || this.#asked === '';
    this.#choices.hidden = this.#back.hidden && this.#toPassword.hidden;
    setText(this.#button, this.#password.element.hidden ? this.#options.button : this.#context.t('sign_in.password_button'));
  }

  /** @param {string | null} name of somebody who has a password; null: whoever says so */
  #askPassword(name) {
    this.#asked = name ?? '';
    setText(this.#known, this.#context.t('sign_in.known', { name: this.#asked }));
    this.#name.input.readOnly = name !== null;
    this.#clear();
    this.#layOut();
    (this.#name.value.trim() === '' ? this.#name : this.#password).input.focus();
  }

  /** It was somebody else's name. */
  #forget() {
    this.#asked = null;
    this.#name.input.readOnly = false;
    this.#name.input.value = '';
    this.#password.input.value = '';
    this.#clear();
    this.#layOut();
    this.#name.input.focus();
  }

  #clear() {
    for (const field of [this.#name, this.#phrase, this.#password]) field.refuse();
    setText(this.#error, '');
    this.#help.hidden = true;
    this.#button.disabled = false;
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const { t, actions } = this.#context;
    this.#clear();
    const name = this.#name.value.trim();
    if (name === '') return this.#name.refuse(t('error.empty_name'));
    if ([...name].length > LONGEST_NAME) return this.#name.refuse(t('error.name'));
    if (!this.#password.element.hidden && this.#password.value === '') return this.#password.refuse(t('error.empty_password'));
    if (!this.#phrase.element.hidden && this.#phrase.value.trim() === '') return this.#phrase.refuse(t('error.empty_phrase'));
    this.#button.disabled = true;
    try {
      await actions.signIn({ username: name, ...this.#key() });
    } catch (error) {
      this.#refuse(/** @type {ChatErrorShape} */ (error), name);
    } finally {
      if (!this.element.querySelector('.is-waiting')) this.#button.disabled = false;
    }
    return undefined;
  }

  /** What there is besides the name. */
  #key() {
    return {
      ...this.#given,
      ...this.#context.entry.key,
      ...(this.#phrase.element.hidden ? {} : { phrase: this.#phrase.value.trim() }),
      ...(this.#password.element.hidden ? {} : { password: this.#password.value }),
    };
  }

  /**
   * @param {ChatErrorShape} error
   * @param {string} name
   */
  #refuse({ code, field, retry_after: seconds = 1 }, name) {
    const { t } = this.#context;
    if (code === 'rate_limited') return this.#wait(seconds);
    if (code === 'taken' && field === 'password') return this.#askPassword(name);
    if (code === 'not_identified') return this.#password.refuse(t('error.wrong_password', { name }));
    if (code === 'forbidden') return this.#keepOut(field);
    if (code === 'bad_request' && field === 'password') return this.#password.refuse(t('error.wrong_password', { name }));
    this.#help.hidden = code !== 'taken';
    if (code === 'taken' || code === 'offline') return this.#name.refuse(t(`error.${code}`));
    return this.#name.refuse(t(code === 'bad_request' || code === 'too_long' ? 'error.name' : 'error.unknown'));
  }

  /** @param {number} seconds */
  #wait(seconds) {
    const field = [this.#password, this.#phrase].find(({ element: part }) => !part.hidden) ?? this.#name;
    const words = waitWords(this.#context, { seconds, key: 'error.wait', onEnd: () => { field.refuse(); this.#button.disabled = false; } });
    words.className = 'is-waiting';
    field.refuse(words);
    field.input.addEventListener('input', () => { this.#button.disabled = false; }, { once: true });
  }

  /** @param {string | undefined} field what was missing or wrong; undefined: nothing, and this person is shut out */
  #keepOut(field) {
    const { t, entry } = this.#context;
    if (field !== 'phrase' && field !== 'invitation') return setText(this.#error, t('error.shut_out'));
    const wasBrought = entry.key.phrase !== undefined || entry.key.invitation !== undefined;
    if (this.#asked !== null) return this.#password.refuse(t('error.nobody'));
    if (wasBrought) entry.drop();
    this.#waysIn = field;
    this.#layOut();
    if (field === 'phrase') return this.#phrase.refuse(t(wasBrought ? 'error.old_phrase' : 'error.phrase'));
    return setText(this.#error, t(wasBrought ? 'error.old_invitation' : 'error.invitation'));
  }
}
