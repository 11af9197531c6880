/** Gives up one's account: says what that means, asks what becomes of what one said, and for the password where there is one. */
import { radios } from './choices.js';
import { confirm } from './confirm.js';
import { Dialog } from './dialog.js';
import { element } from './element.js';
import { personErrorWords } from './error-words.js';
import { passwordField } from './field.js';
import { waitWords } from './wait.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('./field.js').Field} Field */
/** @typedef {import('../types.js').ChatErrorShape} ChatErrorShape */

/** @param {PageContext} context */
export async function openLeaveAccount(context) {
  const { t, account } = context;
  try {
    ask(context, await account.look());
  } catch (error) {
    new Dialog(context, { title: t('leave_account.title') }, element('p', { class: 'field__error', role: 'alert' }, personErrorWords(context, error)));
  }
}

/**
 * @param {PageContext} context
 * @param {import('../protocol.js').Me} me
 */
function ask(context, { username, has_password }) {
  const { t, actions } = context;
  const choice = radios(['keep', 'erase'].map((value) => ({ value, label: t(`leave_account.${value}`), hint: t(`leave_account.${value}_hint`) })), 'keep', t('leave_account.messages'));
  const password = has_password ? passwordField(context, { label: t('sign_in.password'), kind: 'current-password' }) : null;
  confirm(context, {
    title: t('leave_account.title'), text: t('leave_account.text', { name: username }), yes: t('leave_account.yes'),
    more: [choice.element, element('p', { class: 'quiet' }, t('leave_account.copies')), ...(password ? [password.element] : [])],
    run: async () => {
      if (password?.value === '') return refuse(password, t('error.empty_password'));
      try {
        return await actions.leave({ messages: choice.value() === 'erase' ? 'erase' : 'keep', ...(password ? { password: password.value } : {}) });
      } catch (error) {
        if (password === null) throw error;
        return refuseBy(context, password, /** @type {ChatErrorShape} */ (error));
      }
    },
  });
}

/**
 * What is wrong with the password stands by its field; all else is the question's to say.
 * @param {PageContext} context
 * @param {Field} password
 * @param {ChatErrorShape} error
 */
function refuseBy(context, password, error) {
  const { code, field, retry_after: seconds = 1 } = error;
  if (code === 'rate_limited') return refuse(password, waitWords(context, { seconds, key: 'error.wait', onEnd: () => password.refuse() }));
  if (field === 'password') return refuse(password, context.t('password.wrong'));
  throw error;
}

/**
 * @param {Field} password
 * @param {string | Node} words
 */
function refuse(password, words) {
  password.refuse(words);
  return false;
}
