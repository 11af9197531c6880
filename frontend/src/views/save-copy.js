/** A copy of what was said in a room: in which form, and from when to when. Links, so that the browser saves as it always does. */
import { icon } from '../icons.js';
import { Dialog } from './dialog.js';
import { element, setAttribute, setText } from './element.js';
import { box } from './choices.js';
import { Field } from './field.js';

/** The first for everybody, the last for programs. */
const FORMATS = /** @type {const} */ (['html', 'txt', 'csv', 'json', 'ndjson']);

/** @typedef {import('./context.js').PageContext} PageContext */

/**
 * @param {PageContext} context
 * @param {string} id of the room
 */
export function openSaveCopy(context, id) {
  const { t, store, actions } = context;
  const days = { from: dayField(t('save_copy.from')), until: dayField(t('save_copy.until')) };
  const mark = box(t('save_copy.bom'), t('save_copy.bom_hint'), true);
  const links = FORMATS.map((format) => {
    const name = t(`save_copy.${format}`);
    return {
      format, link: element('a', { class: 'button', download: true, 'aria-label': t('save_copy.download', { format: name }) }, icon('download'), name),
      hint: element('span', { class: 'quiet' }, t(`save_copy.${format}_hint`)),
    };
  });
  const none = element('p', { class: 'field__error', role: 'alert' });
  const follow = () => {
    const since = startOf(days.from.value, 0);
    const until = startOf(days.until.value, 1);
    const isNothing = since !== null && until !== null && since >= until;
    setText(none, isNothing ? t('save_copy.nothing') : '');
    for (const { format, link } of links) {
      const asked = { format, ...(since === null ? {} : { since }), ...(until === null ? {} : { until }), ...(format === 'csv' && mark.input.checked ? { bom: true } : {}) };
      // A link without an address cannot be pressed.
      setAttribute(link, 'href', isNothing ? null : actions.exportUrl(id, asked));
      setAttribute(link, 'role', isNothing ? 'link' : null);
      setAttribute(link, 'aria-disabled', isNothing ? 'true' : null);
    }
  };
  for (const input of [days.from.input, days.until.input, mark.input]) input.addEventListener('change', follow);
  follow();
  new Dialog(context, { title: t('save_copy.title') },
    element('div', { class: 'save-copy' }, element('p', { class: 'quiet' }, t('save_copy.hint', { room: store.rooms.get(id)?.name ?? '' })),
      element('ul', { class: 'save-copy__forms' }, ...links.map(({ format, link, hint }) =>
        element('li', { class: 'save-copy__form' }, link, hint, format === 'csv' ? mark.element : null))),
      element('fieldset', {}, element('legend', { class: 'settings__legend' }, t('save_copy.period')),
        element('div', { class: 'save-copy__days' }, days.from.element, days.until.element), none)));
}

/** @param {string} label */
function dayField(label) {
  return new Field({ label, attributes: { type: 'date' } });
}

/**
 * When a day begins for the reader, as the server reads it.
 * @param {string} value of the field
 * @param {number} later by so many days
 * @returns {string | null} null where there is none
 */
function startOf(value, later) {
  const [year, month, day] = value.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  return new Date(year, month - 1, day + later).toISOString();
}
