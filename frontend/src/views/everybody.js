/** Everybody in this chat, in a dialog of their own. */
import { Dialog } from './dialog.js';
import { PeopleList } from './people-list.js';
import { openPersonMenu } from './person-menu.js';

/** @param {import('./context.js').PageContext} context */
export function openEverybody(context) {
  if (document.querySelector('dialog[open]')) return;
  const list = new PeopleList(context, { open: (person, anchor) => openPersonMenu(context, person, { anchor }) });
  new Dialog(context, { title: context.t('everybody.title'), class: 'everybody', onClose: () => list.close() }, list.element);
  list.focus();
}
