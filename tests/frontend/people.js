/** Payloads and stand-ins shared by the tests: Ada and Lin talk in General. */
import { Store } from '../../frontend/src/store.js';

export const ada = { user_id: '1', username: 'Ada' };
export const lin = { user_id: '2', username: 'Lin' };
export const HISTORY = 'history-one';

/** @param {number} seq */
export function message(seq, { author = lin, room = 'general', ...rest } = {}) {
  return {
    id: `${room}-${seq}`, room, seq, rev: seq, ...author, message: `number ${seq}`, timestamp: '09:00:00', date: '2026-01-31',
    created_at: '2026-01-31T09:00:00.000Z', ...rest,
  };
}

/** Messages from `first` to `last`, both included. */
export function messages(first, last, options) {
  return Array.from({ length: last - first + 1 }, (_, index) => message(first + index, options));
}

/** A `joined_room` with messages `first` to `last`. */
export function joined(first, last, rest = {}) {
  return {
    room: 'general', room_name: 'General', messages: messages(first, last), users: ['Ada', 'Lin'], rev: last, last_seq: last, first_seq: 1,
    read_seq: last, user_count: 2, history_id: HISTORY, has_more: first > 1, ...rest,
  };
}

export function entry(name, last_seq, read_seq = last_seq) {
  return { name, topic: '', user_count: 1, message_count: last_seq, last_seq, read_seq };
}

/** A store in which Ada has opened General, and a clock that the test moves. */
export function openStore() {
  const clock = { now: 1_000_000 };
  const store = new Store({ limits: { max_message_length: 4000, typing_timeout: 3000 }, now: () => clock.now });
  store.apply('username_set', { ...ada, history_id: HISTORY, limits: store.limits });
  store.apply('rooms_list', { general: entry('General', 0), tech: entry('Tech Talk', 0) });
  store.apply('opened', { room: 'general' });
  return { store, clock };
}

export function seqs(store, room = 'general') {
  return store.room(room).messages.map((each) => each.seq);
}

/** Everything of `type` that the store tells from now on. */
export function heard(store, type) {
  const details = [];
  store.addEventListener(type, (event) => details.push(event.detail));
  return details;
}

/** localStorage as a Map; `limit` characters at most. */
export class FakeStorage {
  constructor({ limit = Infinity } = {}) {
    this.map = new Map();
    this.limit = limit;
  }

  get length() { return this.map.size; }
  key(index) { return [...this.map.keys()][index] ?? null; }
  getItem(key) { return this.map.get(key) ?? null; }
  removeItem(key) { this.map.delete(key); }

  setItem(key, value) {
    if (value.length > this.limit) throw new Error('QuotaExceededError');
    this.map.set(key, value);
  }
}
