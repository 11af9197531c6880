/** Who is in a room and who is typing there: small pure folds over presence events. */

/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').PresenceLine} PresenceLine */

/** Presence lines kept per room. */
const MAX_LINES = 100;

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
