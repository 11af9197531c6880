/** Says how long a room keeps what is said there: as the chat does, less, or more where the host lets rooms do so. */
import { periodWords } from '../lib/keeping.js';
import { limitsFor } from '../lib/limits.js';
import { Dialog } from './dialog.js';
import { element, freshId, setText } from './element.js';
import { errorWords } from './error-words.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('../lib/limits.js').Limit} Limit */
/** @typedef {import('../protocol.js').RoomRetention} RoomRetention */

const LIMITS = /** @type {const} */ (['days', 'messages']);

/**
 * @param {PageContext} context
 * @param {string} id of the room
 */
export function openKeepForm(context, id) {
  const { t, store } = context;
  const body = element('div', { class: 'confirm' }, element('p', { class: 'quiet', role: 'status' }, t('details.loading')));
  const dialog = new Dialog(context, { title: t('keep_form.title', { room: store.rooms.get(id)?.name ?? '' }) }, body);
  void fill(context, id, body, dialog);
}

/**
 * @param {PageContext} context
 * @param {string} id
 * @param {HTMLElement} body
 * @param {Dialog} dialog
 */
async function fill(context, id, body, dialog) {
  try {
    const retention = await context.rooms.retention(id);
    if (!dialog.element.isConnected) return;
    const form = makeForm(context, id, retention, dialog);
    body.replaceChildren(form);
    form.querySelector('input:checked')?.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement | null} */ (form.querySelector('input:checked'))?.focus();
  } catch (error) {
    body.replaceChildren(element('p', { class: 'field__error', role: 'alert' }, errorWords(context, error, 'notice.no_room')));
  }
}

/**
 * @param {PageContext} context
 * @param {string} id
 * @param {RoomRetention} retention
 * @param {Dialog} dialog
 */
function makeForm(context, id, retention, dialog) {
  const { t, rooms, commands } = context;
  const choices = LIMITS.map((limit) => choiceOf(context, retention, limit));
  const error = element('p', { class: 'field__error', role: 'alert' });
  const save = element('button', { class: 'button button--primary' }, t('keep_form.save'));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    save.disabled = true;
    setText(error, '');
    try {
      // What is not touched stays as it is, also where it could not be chosen again.
      const changed = choices.filter(({ value, before }) => value() !== before).map(({ limit, value }) => [limit, value()]);
      if (changed.length > 0) await rooms.keep(id, Object.fromEntries(changed));
      dialog.close();
      if (changed.length > 0) commands.announce(t('details.saved'));
    } catch (reason) {
      setText(error, errorWords(context, reason, 'notice.no_room'));
    } finally {
      save.disabled = false;
    }
  };
  return element('form', { class: 'settings', novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event) },
    element('div', { class: 'keep-form__words' },
      element('p', { class: 'quiet' }, t(retention.may_keep_more ? 'keep_form.more_or_less' : 'keep_form.less')),
      retention.held ? element('p', { class: 'quiet' }, t('keep_form.held')) : null),
    ...choices.map((choice) => choice.element), element('p', { class: 'quiet' }, t('keep_form.hint')), error,
    element('div', { class: 'dialog__actions' }, save, element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, t('confirm.no'))));
}

/**
 * @param {PageContext} context
 * @param {RoomRetention} retention
 * @param {Limit} limit
 */
function choiceOf({ t }, retention, limit) {
  const before = retention[limit] ?? null;
  const name = freshId('limit');
  const limits = limitsFor(retention, limit);
  const inputs = limits.map((value) => {
    const input = element('input', { type: 'radio', name, value: String(value) });
    input.checked = value === before;
    return input;
  });
  /** @type {(value: number | null) => string} */
  const words = (value) => {
    if (value === null) return t('keep_form.as_chat', { limit: words(retention.chat[limit] ?? 0) });
    if (value === 0) return t(`keep_form.no_end_${limit}`);
    return limit === 'days' ? periodWords(t, value) : t('keep_form.count', { count: value });
  };
  const lines = limits.map((value, place) => element('label', { class: 'choices__choice' }, inputs[place], words(value)));
  return {
    limit, before, value: () => limits[inputs.findIndex((input) => input.checked)] ?? null,
    element: element('fieldset', {}, element('legend', { class: 'settings__legend' }, t(`keep_form.${limit}`)), element('div', { class: 'choices choices--wrap' }, ...lines)),
  };
}
