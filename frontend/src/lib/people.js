/** Pure folds over the room list and over who is in a room. */

/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').PresenceLine} PresenceLine */

/** Presence lines kept per room. */
const MAX_LINES = 100;

/**
 * An entry of the room list after a change; places only move forward.
 * @param {Room} before
 * @param {Partial<Omit<Room, 'id' | 'unread'>>} change
 * @returns {Room}
 */
export function mergeRoom(before, change) {
  const last_seq = Math.max(before.last_seq, change.last_seq ?? 0);
  const read_seq = Math.max(before.read_seq, change.read_seq ?? 0);
  const unread = Math.max(0, last_seq - read_seq);
  const mention_count = Math.min(unread, Math.max(0, change.mention_count ?? before.mention_count));
  return { ...before, ...change, last_seq, read_seq, unread, mention_count };
}

/**
 * Names of `joined_room` as people, keeping the ids that are already known.
 * @param {readonly string[]} usernames
 * @param {readonly Person[]} known
 * @returns {Person[]}
 */
export function peopleNamed(usernames, known) {
  const ids = new Map(known.map((person) => [person.username, person.user_id]));
  return sortPeople(usernames.map((username) => withId(username, ids.get(username))));
}

/**
 * @param {readonly Person[]} people
 * @param {Person} person
 * @returns {Person[] | null} null when nothing is new
 */
export function withPerson(people, person) {
  const found = people.find((each) => isSame(each, person));
  if (found && found.user_id === person.user_id && found.username === person.username) return null;
  return sortPeople([...people.filter((each) => each !== found), person]);
}

/**
 * @param {readonly Person[]} people
 * @param {Person} person
 * @returns {Person[] | null} null when they were not there
 */
export function withoutPerson(people, person) {
  const left = people.filter((each) => !isSame(each, person));
  return left.length === people.length ? null : left;
}

/**
 * @param {readonly PresenceLine[]} lines
 * @param {PresenceLine} line
 * @returns {PresenceLine[]}
 */
export function withLine(lines, line) {
  return [...lines, line].slice(-MAX_LINES);
}

/**
 * @param {readonly Person[]} people
 * @returns {Person[]}
 */
export function sortPeople(people) {
  return [...people].sort((one, other) => one.username.localeCompare(other.username));
}

/**
 * @param {Person} one
 * @param {Person} other
 */
function isSame(one, other) {
  if (one.user_id !== undefined && other.user_id !== undefined) return one.user_id === other.user_id;
  return one.username === other.username;
}

/**
 * @param {string} username
 * @param {string | undefined} user_id
 * @returns {Person}
 */
function withId(username, user_id) {
  return user_id === undefined ? { username } : { user_id, username };
}

/**
 * What names are compared by: without case, and one form for what can be written in several.
 * @param {string} text
 */
export function searchKey(text) {
  return text.normalize('NFKC').toLocaleLowerCase();
}

/**
 * Whether a name, or a word within it, begins so.
 * @param {string} name
 * @param {string} key made by `searchKey`
 */
export function startsWord(name, key) {
  const place = searchKey(name);
  return place.startsWith(key) || place.split(/[\s_.-]+/u).some((word) => word.startsWith(key));
}
