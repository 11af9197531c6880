/** Where one writes: the draft of a room, its length, and sending. */
import { icon } from '../icons.js';
import { cleanMessage, countCodePoints } from '../lib/text.js';
import { element, freshId, setAttribute, setText } from './element.js';
import { Offer } from './offer.js';

/** The counter appears when this share of the limit is used. */
const COUNTER_FROM = 0.9;

export class Composer {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #room;
  #text;
  #mirror;
  #send;
  #error;
  #count;
  #offer;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} room its id
   */
  constructor(context, room) {
    const { t } = context;
    const note = freshId('composer-note');
    this.#context = context;
    this.#room = room;
    this.#text = element('textarea', {
      class: 'composer__text', rows: 1, dir: 'auto', 'aria-describedby': note,
      enterkeyhint: entersSend() ? 'send' : 'enter', autocomplete: 'off',
    });
    this.#mirror = element('div', { class: 'composer__grow' }, this.#text);
    this.#send = element('button', { type: 'submit', class: 'composer__send', 'aria-label': t('composer.send'), title: t('composer.send') }, icon('send'));
    this.#error = element('span', { class: 'composer__error', 'aria-live': 'polite' });
    this.#count = element('span', { class: 'composer__count' });
    this.#offer = new Offer(context);
    this.element = element('form', { class: 'composer' }, this.#offer.element,
      element('div', { class: 'composer__box' }, this.#mirror, this.#send),
      element('p', { class: 'composer__note', id: note }, this.#error, this.#count));
    this.#listen();
    this.#nameRoom();
    this.#setText(context.actions.draft(room));
  }

  close() {
    this.#leaving.abort();
    this.#offer.close();
    this.element.remove();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  #listen() {
    const { signal } = this.#leaving;
    const { store, actions } = this.#context;
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    }, { signal });
    this.#text.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.#text.addEventListener('input', () => this.#onInput(), { signal });
    // A finger on the button must not take the focus, or the keyboard would close between two messages.
    this.#send.addEventListener('pointerdown', (event) => event.preventDefault(), { signal });
    store.addEventListener('me', () => this.#showLength(), { signal });
    store.addEventListener('rooms', () => this.#nameRoom(), { signal });
    store.addEventListener('messages', ({ detail }) => {
      if (detail.room === this.#room && this.#text.value === '') this.#setText(actions.draft(this.#room));
    }, { signal });
  }

  /** The list of rooms, and with it the name, may come after the room was opened. */
  #nameRoom() {
    const { t, store } = this.#context;
    const label = t('composer.label', { room: store.rooms.get(this.#room)?.name ?? this.#room });
    setAttribute(this.#text, 'aria-label', label);
    setAttribute(this.#text, 'placeholder', label);
  }

  /** Enter sends where a mouse is; while an input method composes, Enter belongs to it. @param {KeyboardEvent} event */
  #onKey(event) {
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isComposing || !entersSend()) return;
    event.preventDefault();
    this.#submit();
  }

  #onInput() {
    const { actions } = this.#context;
    actions.setDraft(this.#room, this.#text.value);
    if (this.#text.value.trim() !== '') actions.typing();
    this.#showLength();
  }

  #submit() {
    if (this.#over() > 0 || this.#context.actions.send(this.#text.value) === null) return;
    this.#setText('');
    this.#offer.afterSending();
  }

  /** @param {string} text */
  #setText(text) {
    this.#text.value = text;
    this.#showLength();
  }

  /** Code points beyond the limit; negative below it. */
  #over() {
    return countCodePoints(cleanMessage(this.#text.value)) - this.#context.store.limits.max_message_length;
  }

  #showLength() {
    const { t, store } = this.#context;
    const limit = store.limits.max_message_length;
    const over = this.#over();
    // The mirror lends the field its height (see composer.css).
    this.#mirror.dataset['text'] = this.#text.value;
    setText(this.#count, over + limit >= limit * COUNTER_FROM ? t('composer.count', { count: over + limit, limit }) : '');
    setText(this.#error, over > 0 ? t('composer.over', { count: over }) : '');
    this.#text.setAttribute('aria-invalid', String(over > 0));
    this.#send.setAttribute('aria-disabled', String(over > 0 || this.#text.value.trim() === ''));
  }
}

/** On a touch screen Enter breaks the line, and the button sends. */
function entersSend() {
  return matchMedia('(pointer: fine)').matches;
}
