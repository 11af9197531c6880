/** A line with a person: face, name, what they are here, and the button for what one can do with them. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { badges } from './badges.js';
import { element } from './element.js';
import { hasPersonMenu, openPersonMenu } from './person-menu.js';

/**
 * @param {import('./context.js').PageContext} context
 * @param {import('./person-menu.js').Somebody & {is_present?: boolean}} person `is_present`: where it is told beside the name
 * @param {string} [room] in which the line stands
 */
export function personLine(context, person, room) {
  const { t, store } = context;
  const isMe = person.username === store.me?.username;
  const face = element('span', { class: person.is_present === true ? 'faces is-here' : 'faces', 'aria-hidden': 'true' }, avatar(person, 'small'));
  return element('li', { class: 'people__person', tabindex: -1, 'data-name': person.username },
    face,
    element('span', { class: 'people__name', dir: 'auto' }, person.username),
    person.is_present === true ? element('span', { class: 'visually-hidden' }, t('rooms.present')) : null,
    isMe ? element('span', { class: 'quiet' }, t('people.you')) : null, ...badges(context, person),
    hasPersonMenu(context, person, room) ? menuButton(context, person, room) : null);
}

/**
 * Makes these the lines of a list; the line or button that had the focus has it afterwards.
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} lines
 */
export function showLines(list, lines) {
  const { activeElement } = document;
  const focused = list.contains(activeElement) ? activeElement?.closest('li')?.dataset['name'] : undefined;
  list.replaceChildren(...lines);
  if (focused === undefined) return;
  const line = lines.find((one) => one.dataset['name'] === focused);
  (activeElement instanceof HTMLButtonElement ? line?.querySelector('button') : line)?.focus({ preventScroll: true });
}

/**
 * @param {import('./context.js').PageContext} context
 * @param {import('./person-menu.js').Somebody} person
 * @param {string} [room]
 */
function menuButton(context, person, room) {
  const label = context.t('person.menu', { name: person.username });
  const button = element('button', { type: 'button', class: 'icon-button people__more', 'aria-label': label, title: label, 'aria-haspopup': 'dialog' }, icon('more'));
  // A click by the keyboard counts none.
  button.addEventListener('click', (event) => openPersonMenu(context, person, {
    anchor: button, isKeyboard: event.detail === 0, ...(room === undefined ? {} : { room }),
  }));
  return button;
}
