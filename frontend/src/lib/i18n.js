/** Texts by key from a catalogue, with values and plural forms. */

/** @typedef {import('../types.js').Texts} Catalogue */

// Marks that turn the text after them around (UAX 9: embeddings, overrides, isolates), and what is written from right to left.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const FROM_THE_RIGHT = /[\u0590-\u08ff\u200f\u{fb1d}-\u{fdff}\u{fe70}-\u{fefc}\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A function that finds texts. `"rooms.empty"` walks nested objects. `{name}` is replaced by a value, numbers in the
 * locale's digits. An entry with an `other` is a set of plural forms, chosen by the value `count`.
 * A missing key gives the key itself, so that nothing breaks and the gap is seen.
 * @param {Catalogue} catalogue
 * @param {string} locale BCP 47
 * @returns {import('../types.js').Translate}
 */
export function createTranslate(catalogue, locale) {
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (key, values = {}) => {
    const template = pickForm(find(catalogue, key), values, plurals);
    if (template === undefined) return key;
    return template.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? numbers.format(value) : isolated(value);
    });
  };
}

/**
 * A value as it stands in a sentence without turning it around: a name from the right is isolated (FSI, PDI).
 * @param {string} value
 */
function isolated(value) {
  const kept = value.replace(TURNS, '');
  return FROM_THE_RIGHT.test(kept) ? `\u2068${kept}\u2069` : kept;
}

/**
 * @param {Catalogue} catalogue
 * @param {string} key
 * @returns {string | Catalogue | undefined}
 */
function find(catalogue, key) {
  /** @type {string | Catalogue | undefined} */
  let place = catalogue;
  for (const step of key.split('.')) {
    if (typeof place !== 'object' || !Object.hasOwn(place, step)) return undefined;
    place = place[step];
  }
  return place;
}

/**
 * @param {string | Catalogue | undefined} entry
 * @param {Record<string, string | number>} values
 * @param {Intl.PluralRules} plurals
 * @returns {string | undefined}
 */
function pickForm(entry, values, plurals) {
  if (typeof entry !== 'object') return entry;
  const count = Number(values['count'] ?? 0);
  const form = (count === 0 ? entry['zero'] : undefined) ?? entry[plurals.select(count)] ?? entry['other'];
  return typeof form === 'string' ? form : undefined;
}
