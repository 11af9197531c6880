/** Things to choose, each with a word on what it means. */
import { element, freshId } from './element.js';

/**
 * One of several.
 * @param {{value: string, label: string, hint?: string}[]} choices
 * @param {string} present
 * @param {string} legend
 */
export function radios(choices, present, legend) {
  const name = freshId('choice');
  const inputs = choices.map(({ value }) => {
    const input = element('input', { type: 'radio', name, value });
    input.checked = value === present;
    return input;
  });
  const lines = choices.map(({ label, hint }, index) => withHint(/** @type {HTMLInputElement} */ (inputs[index]), label, hint));
  return {
    element: element('fieldset', {}, element('legend', { class: 'settings__legend' }, legend), ...lines),
    value: () => inputs.find((input) => input.checked)?.value ?? present,
  };
}

/**
 * Something that is so, or not.
 * @param {string} label
 * @param {string} hint
 * @param {boolean} isOn
 */
export function box(label, hint, isOn) {
  const input = element('input', { type: 'checkbox' });
  input.checked = isOn;
  return { input, element: withHint(input, label, hint) };
}

/**
 * @param {HTMLInputElement} input
 * @param {string} label
 * @param {string | undefined} hint
 */
function withHint(input, label, hint) {
  const name = element('span', { class: 'switch__label', id: freshId('label') }, label);
  const words = hint === undefined ? null : element('span', { class: 'switch__hint', id: freshId('hint') }, hint);
  // The whole line can be pressed, and only its first words are the name of what it does.
  input.setAttribute('aria-labelledby', name.id);
  if (words) input.setAttribute('aria-describedby', words.id);
  return element('label', { class: 'switch' }, input, element('span', {}, name, words));
}
