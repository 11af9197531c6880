/** Sizes of files in words. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
const STEP = 1000;

/**
 * "12 byte", "1.4 MB", as the language has it.
 * @param {number} bytes
 * @param {string} locale
 */
export function formatBytes(bytes, locale) {
  const power = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[power], unitDisplay: power === 0 ? 'long' : 'short', maximumFractionDigits: 1 });
  return format.format(bytes / STEP ** power);
}
