/** One message in the list: face, author, time, what it answers, text, what became of sending it, reactions. */
import { plainText } from '../lib/markdown.js';
import { formatDateTime, formatTime } from '../lib/time.js';
import { avatar } from './avatar.js';
import { EditForm } from './edit-form.js';
import { element, setAttribute, setChildren } from './element.js';
import { storedOf } from './message-actions.js';
import { messageText } from './message-text.js';
import { Quote } from './quote.js';
import { Reactions } from './reactions.js';

/** Reasons of a failure that have words of their own in the catalogue. */
const REASONS = new Set(['history_changed', 'too_long', 'rate_limited', 'not_found', 'forbidden', 'not_identified', 'unavailable', 'brought']);
/** Milliseconds that a message one has jumped to is marked. */
const MEANT = 2000;

/** @typedef {Extract<import('./timeline.js').Entry, {kind: 'message'}>} MessageEntry */

export class MessageRow {
  /** @type {import('./context.js').RoomContext} */
  #context;
  /** @type {MessageEntry} */
  #entry;
  #body = element('div', { class: 'message__body' });
  #textKey = '';
  /** @type {HTMLElement} */
  #text = element('div');
  /** @type {Quote | null} */
  #quote = null;
  /** @type {Reactions | null} */
  #reactions = null;
  /** @type {EditForm | null} */
  #form = null;
  /** @type {{at: string, element: HTMLElement} | null} */
  #edited = null;

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {MessageEntry} entry
   */
  constructor(context, entry) {
    this.#context = context;
    this.#entry = entry;
    this.element = element('li', { tabindex: -1 });
    this.#draw();
  }

  get message() {
    return this.#entry.message;
  }

  get isEditing() {
    return this.#form !== null;
  }

  /** Take over what changed; an opened fold stays open, what was begun stays begun. @param {MessageEntry} entry */
  update(entry) {
    const before = this.#entry;
    this.#entry = entry;
    const isSame = before.message.source === entry.message.source && before.is_first === entry.is_first;
    if (isSame && this.#textKey === this.#keyOfText()) this.#refresh();
    else this.#draw();
  }

  /** An edit of it was begun, or has ended. */
  draw() {
    this.#draw();
  }

  /** Into the form, if it is being rewritten. */
  focusForm() {
    this.#form?.focus();
  }

  /** While the message itself has the focus, screen readers need a name for it. @param {boolean} hasFocus */
  nameForFocus(hasFocus) {
    const { t, locale } = this.#context;
    const { username, created_at, message, deleted } = this.message;
    const words = deleted ? t('message.deleted') : plainText(message);
    setAttribute(this.element, 'aria-label', hasFocus ? `${t('message.spoken', { author: username, time: formatTime(created_at, locale) })} ${words}` : null);
  }

  /** It is the one that was jumped to. */
  mark() {
    this.element.classList.add('is-meant');
    setTimeout(() => this.element.classList.remove('is-meant'), MEANT);
  }

  /** Names may have become known, and the source of the quote may have changed. */
  #refresh() {
    const stored = storedOf(this.message);
    this.#quote?.update();
    if (stored) this.#reactions?.update(stored);
  }

  #draw() {
    const { is_first, message } = this.#entry;
    const isMeant = this.element.classList.contains('is-meant');
    this.element.className = classesOf(this.#entry, this.#isMentioned());
    this.element.classList.toggle('is-meant', isMeant);
    this.element.dataset['state'] = message.state;
    if (message.seq !== null) this.element.dataset['seq'] = String(message.seq);
    const head = is_first ? [avatar(message), this.#by()] : [this.#marginTime(), this.#spokenBy()];
    const toolbar = this.element.querySelector(':scope > .toolbar');
    this.#drawBody();
    setChildren(this.element, [...head, this.#body, !this.#form && storedOf(message) && toolbar]);
  }

  #drawBody() {
    const { message } = this;
    const { begun, t } = this.#context;
    const stored = storedOf(message);
    const { source } = message;
    // Who is rewriting what somebody else deletes has the text until it was refused, and after.
    const isEdited = 'id' in source && begun.edits.has(source.id);
    if (message.deleted && !isEdited) return setChildren(this.#body, [element('p', { class: 'message__gone' }, t('message.deleted'))]);
    this.#drawText();
    if (message.reply_to !== undefined) this.#quote ??= new Quote(this.#context, message.reply_to);
    this.#quote?.update();
    if (!isEdited) this.#form = null;
    else this.#form ??= new EditForm(this.#context, source, () => this.#draw());
    return setChildren(this.#body, [
      this.#quote?.element, this.#isMentioned() && this.#mentionWords(), this.#form?.element ?? this.#text, !this.#form && this.#editedMark(),
      this.#state(), this.#drawReactions(stored),
    ]);
  }

  #drawText() {
    const key = this.#keyOfText();
    if (key === this.#textKey) return;
    const { store, actions } = this.#context;
    const { message, mentions = [] } = this.message;
    const names = mentions.flatMap((id) => store.nameOf(id) ?? []);
    actions.learnNames(mentions);
    this.#textKey = key;
    this.#text = messageText(this.#context, message, { names, own: this.#isMentioned() ? store.me?.username : undefined });
  }

  /** What the text is made of: drawn anew only when this is another one. */
  #keyOfText() {
    const { store } = this.#context;
    const { message, mentions = [] } = this.message;
    return mentions.length === 0 ? message : JSON.stringify([message, store.me?.username, mentions.map((id) => store.nameOf(id))]);
  }

  #isMentioned() {
    const me = this.#context.store.me?.user_id;
    return me !== undefined && !this.message.is_own && (this.message.mentions?.includes(me) ?? false);
  }

  #mentionWords() {
    return element('span', { class: 'visually-hidden' }, this.#context.t('message.mentions_you'));
  }

  /** @param {import('../types.js').RoomMessage | null} stored */
  #drawReactions(stored) {
    if (!stored || Object.keys(stored.reactions ?? {}).length === 0) {
      // The focus was on the last chip, which its own press took away.
      if (this.#reactions?.element.contains(document.activeElement)) this.element.focus({ preventScroll: true });
      this.#reactions = null;
      return null;
    }
    if (this.#reactions) this.#reactions.update(stored);
    else this.#reactions = new Reactions(this.#context, stored);
    return this.#reactions.element;
  }

  #editedMark() {
    const { t, locale } = this.#context;
    const stored = storedOf(this.message);
    if (!stored?.edited_at) return null;
    const isBeside = this.#text.childElementCount === 1 && this.#text.querySelector(':scope > .message__text > p:only-child') !== null;
    this.#text.classList.toggle('is-inline', isBeside && !this.#text.querySelector('.is-emoji'));
    if (this.#edited?.at === stored.edited_at) return this.#edited.element;
    const mark = element('button', {
      type: 'button', class: 'message__edited', 'data-inner': true, tabindex: this.element.tabIndex, 'aria-haspopup': 'dialog',
      title: t('message.edited_at', { time: formatDateTime(stored.edited_at, locale) }), onclick: () => this.#context.commands.editHistory(stored),
    }, t('message.edited'));
    this.#edited = { at: stored.edited_at, element: mark };
    return mark;
  }

  #by() {
    const { message } = this;
    return element('p', { class: 'message__by' },
      element('strong', { class: 'message__author', dir: 'auto' }, message.username), this.#time(message.created_at));
  }

  /** @param {string | number} at */
  #time(at) {
    const { config, locale } = this.#context;
    if (!config.showTimestamps) return null;
    return element('time', {
      class: 'message__time', datetime: new Date(at).toISOString(), title: formatDateTime(at, locale),
    }, formatTime(at, locale));
  }

  /** The time of a follower, in the margin on hover; without "AM" or "PM", for which there is no space. */
  #marginTime() {
    const { config, locale } = this.#context;
    const at = this.message.created_at;
    if (!config.showTimestamps) return element('span', { 'aria-hidden': 'true' });
    const short = formatTime(at, locale).replace(/[\s\u202f]*[AP]M$/, '');
    return element('span', { class: 'message__time message__time--margin', 'aria-hidden': 'true', title: formatDateTime(at, locale) }, short);
  }

  #spokenBy() {
    const { t, config, locale } = this.#context;
    const { username, created_at } = this.message;
    const words = config.showTimestamps
      ? t('message.spoken', { author: username, time: formatTime(created_at, locale) })
      : t('message.spoken_short', { author: username });
    return element('span', { class: 'visually-hidden' }, words);
  }

  #state() {
    const { t } = this.#context;
    const { state, is_saving, hindrance: reason } = this.message;
    if (state === 'failed') return this.#failure();
    if (state === 'saved' && !is_saving) return null;
    if (!is_saving && reason !== undefined) return element('p', { class: 'message__state is-told' }, t('message.waiting_for', { reason }));
    return element('p', { class: 'message__state' }, t(is_saving ? 'message.saving' : 'message.waiting'));
  }

  #failure() {
    const { t, actions } = this.#context;
    const { client_id = '', error = '' } = this.message;
    const reason = t(`message.failed_${REASONS.has(error) ? error : 'other'}`);
    return element('div', { class: 'message__state' },
      element('span', {}, t('message.failed', { reason })),
      element('span', { class: 'message__choices' },
        element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.retry(client_id) }, t('message.retry')),
        element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.discard(client_id) }, t('message.discard'))));
  }
}

/**
 * @param {MessageEntry} entry
 * @param {boolean} isMentioned
 */
function classesOf({ is_first, message }, isMentioned) {
  const classes = {
    'is-first': is_first, [`is-${message.state}`]: true, 'is-saving': message.is_saving, 'is-deleted': message.deleted, 'is-mention': isMentioned, 'is-reply': message.reply_to,
  };
  return ['message', ...Object.entries(classes).filter(([, isSet]) => isSet).map(([name]) => name)].join(' ');
}
