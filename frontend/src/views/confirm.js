/** Asks before something is done to people or rooms, and says what went wrong with it. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { personErrorWords } from './error-words.js';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} yes
 * @property {string} [no]
 * @property {boolean} [isHarmless] it can be taken back
 * @property {readonly HTMLElement[]} [more] what else there is to decide
 * @property {() => Promise<unknown>} run Rejects with a `ChatErrorShape`; false: it was not done, and has been said why.
 * @property {() => void} [onDone] it was done, and the question has gone
 * @property {() => void} [onNo] it was left as it is
 */

/**
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {Question} question
 */
export function confirm(context, { title, text, yes, no = context.t('confirm.no'), isHarmless = false, more = [], run, onDone, onNo }) {
  let isDone = false;
  const error = element('p', { class: 'field__error', role: 'alert' });
  const leave = element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, no);
  const go = element('button', { type: 'submit', class: `button ${isHarmless ? 'button--primary' : 'button--danger'}` }, yes);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    go.disabled = true;
    setText(error, '');
    try {
      isDone = (await run()) !== false;
      if (isDone) dialog.close();
    } catch (reason) {
      setText(error, personErrorWords(context, reason));
    } finally {
      go.disabled = false;
    }
  };
  const form = element('form', { class: 'confirm', novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event) },
    element('p', { dir: 'auto' }, text), ...more, error, element('div', { class: 'dialog__actions' }, go, leave));
  const dialog = new Dialog(context, { title, onClose: () => (isDone ? onDone : onNo)?.() }, form);
  // What cannot be taken back is not one key away.
  (isHarmless ? go : leave).focus();
  return dialog;
}
