/** Where one writes: the draft of a room, the message that is answered, people and emojis to put in, and sending. */
import { icon } from '../icons.js';
import { element, freshId, setAttribute } from './element.js';
import { MessageField } from './message-field.js';
import { MuteNote } from './mute-note.js';
import { Offer } from './offer.js';
import { openPicker } from './picker.js';
import { ReplyBar } from './reply-bar.js';

export class Composer {
  #leaving = new AbortController();
  /** @type {import('./context.js').RoomContext} */
  #context;
  /** @type {string} */
  #room;
  #field;
  #emojis;
  #send;
  #reply;
  #offer;
  #mute;

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {string} room its id
   */
  constructor(context, room) {
    const { t } = context;
    this.#context = context;
    this.#room = room;
    this.#field = new MessageField(context, { note: freshId('composer-note'), onInput: () => this.#onInput(), onDone: () => this.#submit() });
    this.#emojis = element('button', {
      type: 'button', class: 'icon-button composer__emojis', 'aria-label': t('composer.emoji'), title: t('composer.emoji'), 'aria-haspopup': 'dialog',
    }, icon('react'));
    this.#send = element('button', { type: 'submit', class: 'composer__send', 'aria-label': t('composer.send'), title: t('composer.send') }, icon('send'));
    this.#reply = new ReplyBar(context, room, () => this.focus());
    this.#offer = new Offer(context);
    this.#mute = new MuteNote(context, () => this.#showState());
    this.element = element('form', { class: 'composer' }, this.#offer.element, this.#mute.element, this.#field.mentions.element,
      element('div', { class: 'composer__box' }, this.#reply.element,
        element('div', { class: 'composer__row' }, this.#field.element, this.#emojis, this.#send)),
      this.#field.note);
    this.#listen();
    this.#nameRoom();
    this.#setText(context.actions.draft(room));
  }

  close() {
    this.#leaving.abort();
    this.#reply.close();
    this.#offer.close();
    this.#mute.close();
    this.element.remove();
  }

  focus() {
    this.#field.text.focus({ preventScroll: true });
  }

  /** @param {string} username of somebody to name here */
  mention(username) {
    const isApart = this.#field.value === '' || /\s$/.test(this.#field.value.slice(0, this.#field.text.selectionStart));
    this.#insert(`${isApart ? '' : ' '}@${username} `);
    this.#field.mentions.close();
  }

  /** @param {string} id of the message that the next one answers */
  replyTo(id) {
    this.#reply.show(id);
    this.focus();
  }

  #listen() {
    const { signal } = this.#leaving;
    const { store, actions } = this.#context;
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    }, { signal });
    this.#field.text.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.#emojis.addEventListener('click', () => void openPicker(this.#context, { anchor: this.#emojis, onChoose: (emoji) => this.#insert(emoji) }), { signal });
    // A finger on the button must not take the focus, or the keyboard would close between two messages.
    this.#send.addEventListener('pointerdown', (event) => event.preventDefault(), { signal });
    store.addEventListener('me', () => this.#showState(), { signal });
    store.addEventListener('rooms', () => this.#nameRoom(), { signal });
    store.addEventListener('messages', ({ detail }) => {
      if (detail.room === this.#room && this.#field.value === '') this.#setText(actions.draft(this.#room));
    }, { signal });
  }

  /** The list of rooms, and with it the name, may come after the room was opened. */
  #nameRoom() {
    const { t, store } = this.#context;
    const label = t('composer.label', { room: store.rooms.get(this.#room)?.name ?? '' });
    setAttribute(this.#field.text, 'aria-label', label);
    setAttribute(this.#field.text, 'placeholder', label);
  }

  /** Up in an empty field rewrites what one said last; Esc lets go of the message that was to be answered. @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const isDone = (event.key === 'ArrowUp' && this.#field.value === '' && this.#context.talk.editLast())
      || (event.key === 'Escape' && this.#reply.end());
    if (isDone) event.preventDefault();
  }

  /** @param {string} emoji */
  #insert(emoji) {
    this.focus();
    this.#field.insert(emoji);
  }

  #onInput() {
    const { actions } = this.#context;
    actions.setDraft(this.#room, this.#field.value);
    if (this.#field.value.trim() !== '') actions.typing();
    this.#showState();
  }

  #submit() {
    const replyTo = this.#reply.id;
    if (this.#mute.isOn || this.#field.over > 0 || this.#context.actions.send(this.#field.value, replyTo === null ? {} : { replyTo }) === null) return;
    this.#reply.end();
    this.#setText('');
    this.#offer.afterSending();
  }

  /** @param {string} text */
  #setText(text) {
    this.#field.value = text;
    this.#showState();
  }

  #showState() {
    this.#field.showLength();
    this.#send.setAttribute('aria-disabled', String(this.#mute.isOn || this.#field.over > 0 || this.#field.value.trim() === ''));
  }
}
