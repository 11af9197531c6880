/** How long the chat keeps what was said: a few periods to choose from, and the present one. */
import { periodWords } from '../lib/keeping.js';
import { element, freshId } from './element.js';

/** Days; 0 is for ever. */
const PERIODS = [30, 90, 365, 0];

/**
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {import('../types.js').Overview} overview
 */
export function periodChoice({ t }, { retention_days: present, fixed }) {
  const name = freshId('period');
  const isFixed = fixed.includes('retention_days');
  const periods = PERIODS.includes(present) ? PERIODS : [present, ...PERIODS];
  const inputs = periods.map((days) => {
    const radio = element('input', { type: 'radio', name, value: days });
    radio.checked = days === present;
    return radio;
  });
  const lines = periods.map((days, place) => element('label', { class: 'choices__choice' }, inputs[place], days === 0 ? t('chat_form.for_ever') : periodWords(t, days)));
  return {
    element: element('fieldset', { disabled: isFixed }, element('legend', { class: 'settings__legend' }, t('chat_form.keep')),
      element('div', { class: 'choices choices--wrap' }, ...lines),
      element('p', { class: 'quiet settings__hint' }, t(isFixed ? 'host.fixed' : 'chat_form.keep_hint'))),
    /** @returns {import('../types.js').Choice} */
    chosen: () => (isFixed ? {} : { retention_days: periods[inputs.findIndex((input) => input.checked)] ?? present }),
  };
}
