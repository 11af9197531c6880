/** A label and a list to choose one thing from. */
import { element, freshId } from './element.js';

/**
 * @param {string} label
 * @param {[string, string][]} options value and words
 * @param {string} [present]
 */
export function select(label, options, present = options[0]?.[0] ?? '') {
  const control = element('select', { class: 'field__input', id: freshId('select') }, ...options.map(([value, words]) => element('option', { value, selected: value === present }, words)));
  return {
    element: element('div', { class: 'field' }, element('label', { class: 'field__label', for: control.id }, label), control),
    value: () => control.value,
  };
}
