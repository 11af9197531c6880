/** Rewrites a message in its place. Enter saves, Esc restores; a refusal stands under the text, which is kept. */
import { cleanMessage } from '../lib/text.js';
import { element, freshId } from './element.js';
import { entersDone, MessageField } from './message-field.js';

/** Reasons of a refusal that have words of their own in the catalogue. */
const REASONS = new Set(['conflict', 'not_found', 'forbidden', 'too_long', 'rate_limited', 'unavailable']);

export class EditForm {
  /** @type {import('./context.js').RoomContext} */
  #context;
  #message;
  #field;
  #done;

  /**
   * @param {import('./context.js').RoomContext} context
   * @param {import('../types.js').RoomMessage} message
   * @param {() => void} done called when the message is to be shown again instead of this
   */
  constructor(context, message, done) {
    const { t, begun } = context;
    this.#context = context;
    this.#message = message;
    this.#done = done;
    this.#field = new MessageField(context, {
      note: freshId('edit-note'), onInput: () => this.#keep(), onDone: () => this.#save(),
    });
    this.#field.text.setAttribute('aria-label', t('edit.label'));
    this.element = element('form', { class: 'edit' },
      element('div', { class: 'edit__box' }, this.#field.element), this.#field.mentions.element,
      element('div', { class: 'edit__foot' }, this.#hint(),
        element('button', { type: 'button', class: 'button button--quiet', onclick: () => this.#end() }, t('edit.cancel')),
        element('button', { class: 'button button--quiet' }, t('edit.save'))),
      this.#field.note);
    this.#listen();
    const begunEdit = begun.edits.get(message.id);
    this.#field.value = begunEdit?.text ?? message.message;
    if (begunEdit?.error) this.#field.refuse(begunEdit.error);
  }

  /** The caret stands at the end. */
  focus() {
    const { text } = this.#field;
    text.focus({ preventScroll: true });
    text.setSelectionRange(text.value.length, text.value.length);
    this.element.scrollIntoView({ block: 'nearest' });
  }

  #listen() {
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
      event.preventDefault();
      this.#end();
    });
  }

  #hint() {
    const { t } = this.#context;
    const keys = entersDone() ? [element('kbd', {}, '↵'), ` ${t('edit.to_save')} · `, element('kbd', {}, '⇧'), element('kbd', {}, '↵'),
      ` ${t('edit.to_break')} · `, element('kbd', {}, 'Esc'), ` ${t('edit.to_cancel')}`] : [];
    return element('p', { class: 'edit__hint' }, ...keys);
  }

  #keep() {
    const { edits } = this.#context.begun;
    edits.set(this.#message.id, { text: this.#field.value, from: edits.get(this.#message.id)?.from ?? 'list' });
  }

  #save() {
    const { t, actions } = this.#context;
    const text = cleanMessage(this.#field.value);
    if (this.#field.over > 0) return undefined;
    if (text === '') return this.#field.refuse(t('edit.empty'));
    const typed = this.#field.value;
    const from = this.#end();
    const focused = document.activeElement;
    if (text === this.#message.message) return undefined;
    return actions.edit(this.#message.id, text).then(
      () => this.#context.commands.announce(t('edit.saved')),
      (error) => this.#refused(error, { text: typed, from }, focused));
  }

  /**
   * The form is back with its text, and with the focus unless that has moved on. Where the message stands no more on the
   * page, the text waits for it, and the reason comes to the reader all the same.
   * @param {import('../types.js').ChatErrorShape} error
   * @param {import('../types.js').BegunEdit} begunEdit
   * @param {Element | null} focused where the focus went when the form was closed
   */
  #refused({ code }, begunEdit, focused) {
    const { t, begun, commands, talk } = this.#context;
    const { id } = this.#message;
    const error = t(`edit.refused_${REASONS.has(code) ? code : 'other'}`);
    begun.edits.set(id, { ...begunEdit, error });
    if (!talk.refresh(id)) commands.toast({ words: t('edit.refused_elsewhere', { reason: error }), level: 'error' });
    else if (document.activeElement === focused && !hasText(focused)) talk.edit(id, begunEdit.from);
    commands.announce(error);
  }

  /** @returns {import('../types.js').BegunEdit['from']} */
  #end() {
    const { begun: { edits }, talk } = this.#context;
    const from = edits.get(this.#message.id)?.from ?? 'list';
    edits.delete(this.#message.id);
    this.#done();
    if (from === 'composer') talk.write();
    else talk.focusMessage(this.#message.seq);
    return from;
  }
}

/** Whether somebody is writing there. @param {Element | null} field */
function hasText(field) {
  return field instanceof HTMLTextAreaElement && field.value !== '';
}
