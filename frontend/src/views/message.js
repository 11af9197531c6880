/** One message in the list: face, author, time, text, and what became of sending it. */
import { icon } from '../icons.js';
import { highlightCode } from '../lib/highlight.js';
import { isSingleEmoji, renderMarkdown } from '../lib/markdown.js';
import { formatDateTime, formatTime } from '../lib/time.js';
import { avatar } from './avatar.js';
import { element } from './element.js';

/** A longer message is folded: about fifteen lines of the widest column. */
const FOLD_CHARACTERS = 1200;
const FOLD_LINES = 15;

/** Reasons of a failure that have words of their own in the catalogue. */
const REASONS = new Set(['history_changed', 'too_long', 'rate_limited', 'not_found', 'not_identified', 'unavailable']);

/** @typedef {Extract<import('./timeline.js').Entry, {kind: 'message'}>} MessageEntry */

export class MessageRow {
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {MessageEntry} */
  #entry;
  #text;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {MessageEntry} entry
   */
  constructor(context, entry) {
    this.#context = context;
    this.#entry = entry;
    this.element = element('li', {});
    this.#text = this.#makeText();
    this.#draw();
  }

  /** Take over what changed; an opened fold stays open. @param {MessageEntry} entry */
  update(entry) {
    const before = this.#entry;
    this.#entry = entry;
    if (before.message.message !== entry.message.message) this.#text = this.#makeText();
    if (!looksTheSame(before, entry)) this.#draw();
  }

  #draw() {
    const { is_first, message } = this.#entry;
    this.element.className = `message${is_first ? ' is-first' : ''} is-${message.state}`;
    this.element.dataset['state'] = message.state;
    if (message.seq !== null) this.element.dataset['seq'] = String(message.seq);
    const head = is_first ? [avatar(message), this.#by()] : [this.#marginTime(), this.#spokenBy()];
    this.element.replaceChildren(...head, element('div', { class: 'message__body' }, this.#text, this.#state()));
  }

  #by() {
    const { message } = this.#entry;
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
    const at = this.#entry.message.created_at;
    if (!config.showTimestamps) return element('span', { 'aria-hidden': 'true' });
    const short = formatTime(at, locale).replace(/[\s\u202f]*[AP]M$/, '');
    return element('span', { class: 'message__time message__time--margin', 'aria-hidden': 'true', title: formatDateTime(at, locale) }, short);
  }

  #spokenBy() {
    const { t, config, locale } = this.#context;
    const { username, created_at } = this.#entry.message;
    const words = config.showTimestamps
      ? t('message.spoken', { author: username, time: formatTime(created_at, locale) })
      : t('message.spoken_short', { author: username });
    return element('span', { class: 'visually-hidden' }, words);
  }

  #makeText() {
    const { message } = this.#entry.message;
    const holder = element('div', {});
    const text = element('div', { class: 'message__text markdown' }, renderMarkdown(message));
    holder.append(text);
    for (const block of text.children) block.setAttribute('dir', 'auto');
    if (isSingleEmoji(message)) text.classList.add('is-emoji');
    this.#addCopyButtons(text);
    if (isLong(message)) holder.append(this.#fold(text));
    void highlightCode(text);
    return holder;
  }

  /** @param {HTMLElement} text */
  #addCopyButtons(text) {
    const { t, actions, commands } = this.#context;
    for (const pre of text.querySelectorAll('pre')) {
      pre.dir = 'ltr';
      pre.tabIndex = 0;
      const button = element('button', { type: 'button', class: 'icon-button code-block__copy', 'aria-label': t('message.copy_code'), title: t('message.copy_code') }, icon('copy'));
      button.addEventListener('click', async () => {
        if (!(await actions.copyText(pre.textContent ?? ''))) return;
        button.replaceChildren(icon('check'));
        commands.announce(t('invite.copied'));
      });
      const block = element('div', { class: 'code-block' });
      pre.replaceWith(block);
      block.append(pre, button);
    }
  }

  /** @param {HTMLElement} text */
  #fold(text) {
    const { t } = this.#context;
    text.classList.add('is-folded');
    const button = element('button', { type: 'button', class: 'button button--quiet', 'aria-expanded': 'false' }, t('message.more'));
    button.addEventListener('click', () => {
      const isFolded = text.classList.toggle('is-folded');
      button.setAttribute('aria-expanded', String(!isFolded));
      button.textContent = isFolded ? t('message.more') : t('message.less');
    });
    return button;
  }

  #state() {
    const { state } = this.#entry.message;
    if (state === 'saved') return null;
    if (state === 'failed') return this.#failure();
    return element('p', { class: 'message__state' }, this.#context.t('message.waiting'));
  }

  #failure() {
    const { t, actions } = this.#context;
    const { client_id = '', error = '' } = this.#entry.message;
    const reason = t(`message.failed_${REASONS.has(error) ? error : 'other'}`);
    return element('div', { class: 'message__state' },
      element('span', {}, t('message.failed', { reason })),
      element('span', { class: 'message__choices' },
        element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.retry(client_id) }, t('message.retry')),
        element('button', { type: 'button', class: 'button button--quiet', onclick: () => actions.discard(client_id) }, t('message.discard'))));
  }
}

/**
 * @param {MessageEntry} one
 * @param {MessageEntry} other
 */
function looksTheSame(one, other) {
  const keys = /** @type {const} */ (['message', 'username', 'created_at', 'state', 'error', 'seq']);
  return one.is_first === other.is_first && keys.every((key) => one.message[key] === other.message[key]);
}

/** @param {string} text */
function isLong(text) {
  return text.length > FOLD_CHARACTERS || text.split('\n', FOLD_LINES + 1).length > FOLD_LINES;
}
