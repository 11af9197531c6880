/** Makes a room: its name, what it is about, and who it is for. */
import { Dialog } from './dialog.js';
import { element } from './element.js';
import { RoomForm } from './room-form.js';

/**
 * @param {import('./context.js').PageContext} context
 * @param {{isPrivate?: boolean}} [options]
 */
export function openNewRoom(context, { isPrivate = false } = {}) {
  const { t, rooms, commands } = context;
  const box = element('input', { type: 'checkbox' });
  box.checked = isPrivate;
  const choice = element('label', { class: 'switch' }, box, element('span', {},
    element('span', { class: 'switch__label' }, t('new_room.private')), element('span', { class: 'switch__hint' }, t('new_room.private_hint'))));
  const form = new RoomForm(context, {
    room: { name: '', topic: '' }, button: t('new_room.button'), more: choice,
    submit: async (room) => {
      const id = await rooms.create({ ...room, isPrivate: box.checked });
      dialog.close();
      commands.showRoom(id);
    },
  });
  const dialog = new Dialog(context, { title: t('new_room.title') }, form.element);
  form.focus();
}
