/** Asks before something that cannot be taken back, and says what went wrong with it. */
import { Dialog } from './dialog.js';
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';

/**
 * @param {import('./context.js').PageContext} context
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {string} question.yes words of the button that does it
 * @param {() => Promise<unknown>} question.run rejects with a `ChatErrorShape`
 */
export function confirm(context, { title, text, yes, run }) {
  const { t } = context;
  const error = element('p', { class: 'field__error', role: 'alert' });
  const no = element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, t('confirm.no'));
  const button = element('button', { type: 'button', class: 'button button--danger' }, yes);
  button.addEventListener('click', async () => {
    button.disabled = true;
    setText(error, '');
    try {
      await run();
      dialog.close();
    } catch (reason) {
      button.disabled = false;
      setText(error, errorWords(context, reason, 'error.not_found'));
      button.focus();
    }
  });
  const dialog = new Dialog(context, { title }, element('p', { dir: 'auto' }, text), error, element('div', { class: 'dialog__actions' }, button, no));
  no.focus();
  return dialog;
}
