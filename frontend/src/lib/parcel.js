/**
 * What a page takes along to another address of its server, as text that may stand in an address. Pure.
 *
 * A fragment never reaches a server, and no storage is shared between two addresses, so the fragment is what there is.
 */

/**
 * `is_held`: it was taken along before, so that where it was left it is old news.
 * @typedef {{room: string, text: string, at: number, is_held: boolean}} Draft
 */

/**
 * @typedef {object} Parcel
 * @property {string} from the origin it comes from
 * @property {string} user_id
 * @property {string} history_id
 * @property {string} route the part of the address after `#`
 * @property {Draft[]} drafts
 * @property {unknown[]} outbox items as they are kept
 * @property {unknown[]} changes the same
 * @property {[string, {text: string, from: 'composer' | 'list'}][]} edits begun, by message id
 * @property {[string, string][]} replies message that is being answered, by room
 * @property {[string, import('../types.js').PreferenceValue][]} preferences
 * @property {number} left how many texts there was no space for: they stay where they are
 */

/**
 * Characters of an address: Firefox takes 1 MiB of them (`network.standard-url.max-length`), Chromium 2 MB. A quarter of
 * a thousand of the longest messages find room.
 */
export const MOST_CHARACTERS = 1_000_000;

/**
 * @param {Parcel} parcel
 * @param {number} [most] characters
 * @returns {string} of A-Z a-z 0-9 - _
 */
export function pack(parcel, most = MOST_CHARACTERS) {
  let text = encode(JSON.stringify(parcel));
  const rest = { ...parcel, drafts: [...parcel.drafts], outbox: [...parcel.outbox], changes: [...parcel.changes], edits: [...parcel.edits] };
  while (text.length > most) {
    const fullest = [rest.outbox, rest.drafts, rest.changes, rest.edits].reduce((one, other) => (weight(largest(other)) > weight(largest(one)) ? other : one));
    if (fullest.length === 0) break;
    // As many at once as are too much, and not one by one: each round writes all of it anew.
    let surplus = (text.length - most) * 0.75;
    while (surplus > 0 && fullest.length > 0) {
      const one = largest(fullest);
      surplus -= weight(one);
      fullest.splice(fullest.indexOf(one), 1);
      rest.left += 1;
    }
    text = encode(JSON.stringify(rest));
  }
  return text;
}

/**
 * What `pack` has made, if it is that: anybody can write an address.
 * @param {string} text
 * @returns {Parcel | null}
 */
export function unpack(text) {
  try {
    return checked(JSON.parse(decode(text)));
  } catch {
    return null;
  }
}

/** @param {any} found @returns {Parcel | null} */
function checked(found) {
  const isText = (/** @type {unknown} */ value) => typeof value === 'string';
  const isOurs = [found.from, found.user_id, found.history_id, found.route].every(isText) && Number.isInteger(found.left)
    && [found.drafts, found.outbox, found.changes, found.edits, found.replies, found.preferences].every(Array.isArray)
    && found.drafts.every((/** @type {any} */ { room, text, at }) => isText(room) && isText(text) && Number.isFinite(at))
    && found.edits.every((/** @type {any} */ [id, edit]) => isText(id) && isText(edit.text))
    && found.replies.every((/** @type {any} */ [room, id]) => isText(room) && isText(id))
    && found.preferences.every((/** @type {any} */ [key, value]) => isText(key) && ['string', 'boolean'].includes(typeof value));
  return isOurs ? found : null;
}

/** @param {unknown[]} list @returns {unknown} */
function largest(list) {
  return list.reduce((one, other) => (weight(other) > weight(one) ? other : one), undefined);
}

/** @param {unknown} value */
function weight(value) {
  return value === undefined ? 0 : JSON.stringify(value).length;
}

/** @param {string} text */
function encode(text) {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  // A call takes some ten thousand arguments at most.
  for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {string} text */
function decode(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
