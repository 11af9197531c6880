/** Pure rules about rooms: what a room is called, where it stands in the list, and who may do what there. */

/** @typedef {import('../protocol.js').Keeps} Keeps */
/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Myself} Me */
/** What of a room is told by the list and by events alike. @typedef {Pick<Room, 'name' | 'topic' | 'kind' | 'archived' | 'created_by' | 'members' | 'keeps'>} Description */

/** @typedef {'public' | 'private' | 'direct' | 'archived'} SectionKey */
/** @typedef {{key: SectionKey, rooms: Readonly<Room>[]}} Section */

/** Above whom the others stand; who has no rank stands at the foot. @type {Record<string, number>} */
const RANKS = { member: 1, moderator: 2, host: 3 };

/**
 * The preference that says that somebody has left a public room.
 * @param {string} user_id
 * @param {string} room its id
 */
export function leftKey(user_id, room) {
  return `left:${user_id}:${room}`;
}

/**
 * @param {Pick<import('../protocol.js').RoomEntry, 'name' | 'topic' | 'kind' | 'archived' | 'created_by' | 'members' | 'keeps'>} told
 * @param {Readonly<Room> | undefined} known as it was before
 * @param {Readonly<Me> | null} me
 * @returns {Description}
 */
export function described({ name, topic, kind = 'public', archived = false, created_by, members = [], keeps = {} }, known, me) {
  const limits = isSameKeeping(keeps, known?.keeps) ? known?.keeps ?? keeps : keeps;
  const people = isSamePeople(members, known?.members) ? known?.members ?? [] : members;
  const shown = kind === 'direct' ? namesOfOthers(people, me) || name : name;
  return { name: shown, topic: topic ?? '', kind, archived, created_by: created_by ?? null, members: people, keeps: limits };
}

/**
 * A conversation after somebody in it has changed their name; null: nobody in it has.
 * @param {Readonly<Room>} room
 * @param {{user_id: string, username: string}} change
 * @param {Readonly<Me> | null} me
 */
export function renamed({ members, kind }, { user_id, username }, me) {
  if (kind !== 'direct' || !members.some((one) => one.user_id === user_id && one.username !== username)) return null;
  const people = members.map((one) => (one.user_id === user_id ? { user_id, username } : one));
  return { members: people, name: namesOfOthers(people, me) || username };
}

/**
 * Those in a conversation besides oneself.
 * @param {Pick<Room, 'members'>} room
 * @param {Readonly<Me> | null} me
 */
export function othersIn({ members }, me) {
  return members.filter((one) => one.user_id !== me?.user_id);
}

/**
 * The conversation with one person alone, if there is one.
 * @param {Iterable<Readonly<Room>>} rooms
 * @param {Person} person
 * @param {Readonly<Me> | null} me
 */
export function conversationWith(rooms, { username }, me) {
  return [...rooms].find((room) => room.kind === 'direct' && othersIn(room, me).length === 1 && room.name === username);
}

/**
 * The rooms as they are listed: by kind, conversations by name, archived ones last.
 * @param {Iterable<Readonly<Room>>} rooms
 * @returns {Section[]}
 */
export function sections(rooms) {
  /** @type {Record<SectionKey, Readonly<Room>[]>} */
  const found = { public: [], private: [], direct: [], archived: [] };
  for (const room of rooms) found[room.archived ? 'archived' : room.kind].push(room);
  found.direct.sort((one, other) => one.name.localeCompare(other.name));
  return Object.entries(found).map(([key, listed]) => ({ key: /** @type {SectionKey} */ (key), rooms: listed }));
}

/** Whether the archived rooms are unfolded. @param {import('../types.js').Store} store */
export function areArchivedShown(store) {
  return store.preference('archived_rooms') === true;
}

/** The rooms that are seen in the list, from top to bottom. @param {import('../types.js').Store} store */
export function roomsInOrder(store) {
  return sections(store.rooms.values()).flatMap(({ key, rooms }) => (key === 'archived' && !areArchivedShown(store) ? [] : rooms));
}

/**
 * Whether news from a room counts: one that was left or archived asks for nobody's attention.
 * @param {import('../types.js').Store} store
 * @param {Readonly<Room>} room
 */
export function isAlive(store, { id, archived }) {
  return !archived && !store.isLeft(id);
}

/** @param {Readonly<Me> | null} me */
export function mayMakeRooms(me) {
  return (RANKS[me?.role ?? ''] ?? 0) > 0;
}

/** @param {Readonly<Me> | null} me */
export function isModerator(me) {
  return me?.role === 'moderator' || me?.role === 'host';
}

/**
 * Name it, give it a topic, archive it, remove people from it.
 * @param {Readonly<Me> | null} me
 * @param {Readonly<Room>} room
 */
export function mayChange(me, { kind, created_by }) {
  return kind !== 'direct' && mayMakeRooms(me) && (created_by === me?.user_id || isModerator(me));
}

/**
 * @param {Readonly<Me> | null} me
 * @param {Readonly<Room>} room
 */
export function mayInvite(me, { kind, archived }) {
  return kind === 'private' && !archived && mayMakeRooms(me);
}

/**
 * @param {Readonly<Me> | null} me
 * @param {Readonly<Room>} room
 * @param {{user_id?: string, role?: string}} person their role, where it is known
 */
export function mayRemove(me, room, { user_id, role }) {
  return mayChange(me, room) && user_id !== me?.user_id && (RANKS[role ?? ''] ?? 0) <= (RANKS[me?.role ?? ''] ?? 0);
}

/**
 * @param {readonly Person[]} people
 * @param {Readonly<Me> | null} me
 */
function namesOfOthers(people, me) {
  return people.filter((one) => one.user_id !== me?.user_id).map((one) => one.username).join(', ');
}

/**
 * @param {readonly Person[]} some
 * @param {readonly Person[] | undefined} others
 */
function isSamePeople(some, others) {
  return some.length === others?.length && some.every((one, place) => one.user_id === others[place]?.user_id && one.username === others[place]?.username);
}

/**
 * @param {Keeps} one
 * @param {Keeps | undefined} other
 */
function isSameKeeping(one, other) {
  return one.days === other?.days && one.messages === other?.messages && one.held === other?.held;
}
