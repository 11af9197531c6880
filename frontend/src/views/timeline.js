/** What stands in a conversation, in order: days, the unread divider, messages, quiet lines. Pure; no DOM. */
import { dayKey, startsDay, startsGroup } from '../lib/time.js';

/** @typedef {import('../types.js').RoomMessage} RoomMessage */
/** @typedef {import('../types.js').PendingMessage} PendingMessage */

/**
 * A message as it is shown, stored or still waiting.
 * @typedef {object} ShownMessage
 * @property {RoomMessage | PendingMessage} source another object when anything in it has changed
 * @property {string} user_id
 * @property {string} username
 * @property {string} message
 * @property {string | number} created_at
 * @property {number | null} seq null while it is in the outbox
 * @property {'saved' | 'waiting' | 'failed'} state
 * @property {string} [error] why it failed: a code
 * @property {string} [hindrance] what it waits for, in the server's words
 * @property {string} [client_id]
 * @property {boolean} is_own
 * @property {boolean} [is_saving]
 * @property {boolean} [deleted]
 * @property {string} [reply_to]
 * @property {string[]} [mentions]
 */

/**
 * @typedef {{kind: 'day', key: string, at: string | number}
 *   | {kind: 'unread', key: string}
 *   | {kind: 'presence', key: string, joined: string[], left: string[]}
 *   | {kind: 'message', key: string, is_first: boolean, message: ShownMessage}} Entry
 */

/**
 * @param {Readonly<import('../types.js').OpenRoom>} room
 * @param {{me: Readonly<import('../types.js').Myself> | null, showPresence: boolean}} options
 * @returns {Entry[]}
 */
export function timeline(room, { me, showPresence }) {
  /** @type {Entry[]} */
  const entries = [];
  const presence = showPresence ? presenceBySeq(room) : new Map();
  if (!room.has_more_before) pushPresence(entries, presence.get(0), 0);
  /** @type {ShownMessage | undefined} */
  let previous;
  for (const message of shownMessages(room, me)) {
    pushMessage(entries, message, previous, room.unreadFrom);
    previous = message;
    if (message.seq !== null) pushPresence(entries, presence.get(message.seq), message.seq);
  }
  return entries;
}

/**
 * @param {Readonly<import('../types.js').OpenRoom>} room
 * @param {Readonly<import('../types.js').Myself> | null} me
 * @returns {ShownMessage[]}
 */
function shownMessages(room, me) {
  /** @type {ShownMessage[]} */
  const stored = room.messages.filter((message) => !room.removing.has(message.id))
    .map((message) => ({ ...message, source: message, state: 'saved', is_own: message.user_id === me?.user_id }));
  if (room.has_more_after || !me) return stored;
  return [...stored, ...room.pending.map((waiting) => pendingMessage(waiting, me))];
}

/**
 * @param {PendingMessage} waiting
 * @param {Readonly<import('../types.js').Myself>} me
 * @returns {ShownMessage}
 */
function pendingMessage(waiting, { user_id, username }) {
  const { error, ...rest } = waiting;
  const reason = error && (waiting.state === 'waiting' ? { hindrance: error.message } : { error: error.code });
  return { ...rest, source: waiting, user_id, username, seq: null, is_own: true, ...reason };
}

/**
 * @param {Entry[]} entries
 * @param {ShownMessage} message
 * @param {ShownMessage | undefined} previous
 * @param {number | null} unreadFrom
 */
function pushMessage(entries, message, previous, unreadFrom) {
  if (startsDay(previous, message)) entries.push({ kind: 'day', key: `day ${dayKey(message.created_at)}`, at: message.created_at });
  if (isFirstUnread(message, previous, unreadFrom)) entries.push({ kind: 'unread', key: 'unread' });
  const follows = entries[entries.length - 1]?.kind === 'message';
  const key = message.client_id ? `${message.user_id} ${message.client_id}` : `seq ${message.seq}`;
  entries.push({ kind: 'message', key, is_first: !follows || startsGroup(previous, message), message });
}

/**
 * @param {ShownMessage} message
 * @param {ShownMessage | undefined} previous
 * @param {number | null} unreadFrom
 */
function isFirstUnread(message, previous, unreadFrom) {
  if (unreadFrom === null || message.seq === null || message.seq < unreadFrom) return false;
  return previous === undefined ? message.seq === unreadFrom : previous.seq !== null && previous.seq < unreadFrom;
}

/**
 * Who came and went after each message: the outcome for each person, so that a reload leaves no line.
 * @param {Readonly<import('../types.js').OpenRoom>} room
 * @returns {Map<number, {joined: string[], left: string[]}>}
 */
function presenceBySeq(room) {
  /** @type {Map<number, Map<string, 'joined' | 'left' | null>>} */
  const outcomes = new Map();
  for (const { kind, username, after_seq } of room.presenceLines) {
    const people = outcomes.get(after_seq) ?? new Map();
    const before = people.get(username);
    people.set(username, before && before !== kind ? null : kind);
    outcomes.set(after_seq, people);
  }
  return new Map([...outcomes].map(([seq, people]) => [seq, { joined: namesOf(people, 'joined'), left: namesOf(people, 'left') }]));
}

/**
 * @param {Map<string, 'joined' | 'left' | null>} people
 * @param {'joined' | 'left'} kind
 */
function namesOf(people, kind) {
  return [...people].filter(([, outcome]) => outcome === kind).map(([name]) => name);
}

/**
 * @param {Entry[]} entries
 * @param {{joined: string[], left: string[]} | undefined} lines
 * @param {number} seq
 */
function pushPresence(entries, lines, seq) {
  if (lines && lines.joined.length + lines.left.length > 0) entries.push({ kind: 'presence', key: `presence ${seq}`, ...lines });
}
