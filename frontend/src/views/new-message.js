/** Begins a conversation with one or several people, or goes on with the one there is. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { PeopleField } from './people-field.js';

/** Others in a conversation at most. */
const MOST = 9;

/** @param {import('./context.js').PageContext} context */
export function openNewMessage(context) {
  const { t, rooms, commands } = context;
  const people = new PeopleField(context, { label: t('new_message.people'), most: MOST });
  const error = element('p', { class: 'field__error', role: 'alert' });
  const button = element('button', { class: 'button button--primary' }, t('new_message.button'));
  const form = element('form', {
    class: 'room-form', novalidate: true,
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      setText(error, '');
      const { usernames } = people;
      if (usernames.length === 0) return people.refuse(t('new_message.nobody'));
      button.disabled = true;
      try {
        const room = await rooms.openDirect(usernames);
        dialog.close();
        commands.showRoom(room);
      } catch (reason) {
        const { field } = /** @type {import('../types.js').ChatErrorShape} */ (reason);
        const words = errorWords(context, reason, 'new_message.not_found');
        if (field === undefined) setText(error, words);
        else people.refuse(words);
      } finally {
        button.disabled = false;
      }
      return undefined;
    },
  }, people.element, element('p', { class: 'quiet' }, t('new_message.hint')), error, element('div', { class: 'dialog__actions' }, button));
  const dialog = new Dialog(context, { title: t('new_message.title'), class: 'new-message' }, form);
  people.focus();
}
