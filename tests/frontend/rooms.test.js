import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftKey, mayChange, mayInvite, mayMakeRooms, mayRemove, roomsInOrder, sections } from '../../frontend/src/lib/rooms.js';
import { Rooms } from '../../frontend/src/rooms.js';
import { HISTORY, ada, entry, heard, joined, lin, message, openStore } from './people.js';

/** A room as events tell it. */
function view(id, rest = {}) {
  return { id, name: id, topic: '', message_count: 0, last_seq: 0, rev: 0, ...rest };
}

/** A conversation as events tell it. */
function conversation(id, people, rest = {}) {
  return view(id, { kind: 'direct', name: people.map(({ username }) => username).join(', '), members: people, ...rest });
}

/** What of a room its lines show. */
function line(store, id) {
  const { name, kind, archived, unread, mention_count } = store.rooms.get(id);
  return { name, kind, archived, unread, mention_count };
}

const pending = { client_id: 'one', room: 'private-x', message: 'For the plans', created_at: 0 };
const SECRET = { kind: 'private', name: 'Plans', created_by: '1' };

test('a room that is added stands in the list once, with nothing unread', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-x', { ...SECRET, last_seq: 7 }) });
  store.apply('room_activity', { room: 'private-x', last_seq: 9, last_rev: 9 });
  store.apply('room_added', { room: view('private-x', { ...SECRET, last_seq: 7 }) });
  assert.deepEqual([...store.rooms.keys()], ['general', 'tech', 'private-x']);
  assert.deepEqual(line(store, 'private-x'), { name: 'Plans', kind: 'private', archived: false, unread: 2, mention_count: 0 });
});

test('a change is folded in, and told again it changes nothing', () => {
  const { store } = openStore();
  const change = { room: view('tech', { name: 'Technology', topic: 'Wires', archived: true }) };
  store.apply('room_changed', change);
  const told = heard(store, 'rooms');
  store.apply('room_changed', change);
  store.apply('room_changed', { room: view('nowhere') });
  assert.deepEqual([line(store, 'tech').name, line(store, 'tech').archived, store.rooms.get('tech').topic], ['Technology', true, 'Wires']);
  assert.deepEqual(told, []);
});

test('a conversation is called after the others, who may change their names', () => {
  const { store } = openStore();
  const mo = { user_id: '3', username: 'Mo' };
  store.apply('room_added', { room: conversation('direct-x', [ada, lin, mo]) });
  assert.equal(line(store, 'direct-x').name, 'Lin, Mo');
  store.apply('user_changed', { user_id: '2', username: 'Linus' });
  assert.equal(line(store, 'direct-x').name, 'Linus, Mo');
  const told = heard(store, 'rooms');
  store.apply('user_changed', { user_id: '2', username: 'Linus' });
  assert.deepEqual(told, []);
});

test('a room one does not belong to any more is gone, and told of where it was open', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('opened', { room: 'private-x' });
  const notices = heard(store, 'notice');
  store.apply('room_removed', { room: 'private-x' });
  store.apply('room_removed', { room: 'private-x' });
  assert.deepEqual([store.current, store.rooms.has('private-x'), store.room('private-x')], [null, false, undefined]);
  assert.deepEqual(notices, [{ level: 'info', key: 'room_gone', values: { room: 'Plans' } }]);
});

test('a conversation that was left is told of in its own words', () => {
  const { store } = openStore();
  store.apply('room_added', { room: conversation('direct-x', [ada, lin]) });
  store.apply('opened', { room: 'direct-x' });
  const notices = heard(store, 'notice');
  store.apply('room_removed', { room: 'direct-x' });
  assert.deepEqual(notices, [{ level: 'info', key: 'direct_gone', values: { room: 'Lin' } }]);
});

test('a room that the list does not have is gone as well', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('opened', { room: 'private-x' });
  store.apply('rooms_asked', null);
  const notices = heard(store, 'notice');
  store.apply('rooms_list', { general: entry('General', 0) });
  assert.deepEqual([store.current, [...store.rooms.keys()]], [null, ['general']]);
  assert.deepEqual(notices.map(({ key, values }) => [key, values.room]), [['room_gone', 'Plans']]);
});

test('a list that was asked for before a room came or went does not undo that', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-old', SECRET) });
  store.apply('rooms_asked', null);
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('room_removed', { room: 'private-old' });
  const list = { general: entry('General', 0), 'private-old': { ...entry('Plans', 0), kind: 'private' } };
  store.apply('rooms_list', list);
  assert.deepEqual([...store.rooms.keys()], ['general', 'private-x']);
  store.apply('rooms_asked', null);
  store.apply('rooms_list', list);
  assert.deepEqual([...store.rooms.keys()], ['general', 'private-old']);
});

test('an address of a room that is none for this person says so', () => {
  const { store } = openStore();
  store.apply('opened', { room: 'private-x' });
  const notices = heard(store, 'notice');
  store.apply('room_removed', { room: 'private-x' });
  assert.deepEqual([store.current, notices.map(({ key }) => key)], [null, ['no_room']]);
});

test('what was written for a room that is gone is told of once, and kept', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('outbox', { items: [{ ...pending, state: 'waiting' }] });
  store.apply('room_removed', { room: 'private-x' });
  const told = heard(store, 'stranded');
  const failed = { ...pending, state: 'failed', error: { code: 'not_found', message: 'Room not found' } };
  store.apply('outbox', { items: [failed] });
  store.apply('outbox', { items: [failed] });
  assert.deepEqual(told, [{ items: [failed] }]);
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('opened', { room: 'private-x' });
  assert.deepEqual(store.room('private-x').pending, [failed]);
});

test('a public room that was left stays, asks for no attention, and is a member’s again by joining', () => {
  const { store } = openStore();
  const rooms = roomsOf(store);
  store.apply('room_activity', { room: 'tech', last_seq: 5, last_rev: 5 });
  assert.equal(store.unreadTotal, 5);
  store.apply('room_removed', { room: 'tech', is_public: true });
  rooms.heard('room_removed', { room: 'tech', is_public: true });
  store.apply('room_activity', { room: 'tech', last_seq: 8, last_rev: 8 });
  assert.deepEqual([store.isLeft('tech'), store.unreadTotal, store.mentionTotal], [true, 0, 0]);
  store.apply('opened', { room: 'tech' });
  store.apply('joined_room', joined(1, 8, { room: 'tech' }));
  rooms.heard('joined_room', { room: 'tech' });
  assert.equal(store.isLeft('tech'), false);
});

test('the list of rooms tells who belongs to a room again', () => {
  const { store } = openStore();
  const rooms = roomsOf(store);
  store.apply('preference', { key: leftKey('1', 'tech'), value: true });
  const { read_seq: _, ...stranger } = entry('Tech Talk', 3);
  rooms.heard('rooms_list', { tech: stranger });
  assert.equal(store.isLeft('tech'), true);
  rooms.heard('rooms_list', { tech: entry('Tech Talk', 3) });
  assert.equal(store.isLeft('tech'), false);
});

test('archived rooms ask for no attention and are folded away, out of the order of the keys', () => {
  const { store } = openStore();
  store.apply('room_added', { room: conversation('direct-b', [ada, { user_id: '9', username: 'Zoe' }]) });
  store.apply('room_added', { room: conversation('direct-a', [ada, lin]) });
  store.apply('room_added', { room: view('private-x', SECRET) });
  store.apply('room_activity', { room: 'tech', last_seq: 2, last_rev: 2 });
  store.apply('room_changed', { room: view('tech', { name: 'Tech Talk', archived: true }) });
  assert.deepEqual(sections(store.rooms.values()).map(({ key, rooms }) => [key, rooms.map(({ id }) => id)]), [
    ['public', ['general']], ['private', ['private-x']], ['direct', ['direct-a', 'direct-b']], ['archived', ['tech']],
  ]);
  assert.deepEqual([roomsInOrder(store).map(({ id }) => id), store.unreadTotal], [['general', 'private-x', 'direct-a', 'direct-b'], 0]);
  store.apply('preference', { key: 'archived_rooms', value: true });
  assert.equal(roomsInOrder(store).at(-1).id, 'tech');
});

test('who may what follows the rules of the server', () => {
  const room = { kind: 'private', created_by: '1', archived: false };
  const member = { user_id: '1', role: 'member' };
  const other = { user_id: '2', role: 'member' };
  const guest = { user_id: '1', role: 'guest' };
  const moderator = { user_id: '3', role: 'moderator' };
  assert.deepEqual([guest, member, moderator, null].map(mayMakeRooms), [false, true, true, false]);
  assert.deepEqual([guest, member, other, moderator].map((me) => mayChange(me, room)), [false, true, false, true]);
  assert.equal(mayChange(moderator, { ...room, kind: 'direct' }), false);
  assert.deepEqual([mayInvite(other, room), mayInvite(guest, room), mayInvite(member, { ...room, kind: 'public' })], [true, false, false]);
  assert.deepEqual([mayRemove(member, room, other), mayRemove(member, room, member), mayRemove(member, room, moderator)], [true, false, false]);
});

test('what was done is in the store when it is known to be done', async () => {
  const { store } = openStore();
  const asked = [];
  const rooms = roomsOf(store, (event, payload) => {
    asked.push([event, payload]);
    return { room: view(event === 'update_room' ? 'tech' : 'plans', { name: 'Plans', archived: payload.archived ?? false }) };
  });
  assert.equal(await rooms.create({ name: ' Plans ', topic: '', isPrivate: false }), 'plans');
  await rooms.change('tech', { archived: true });
  assert.deepEqual([line(store, 'plans').name, line(store, 'tech').archived], ['Plans', true]);
  await rooms.leave('plans');
  assert.equal(store.isLeft('plans'), true);
  assert.deepEqual(asked, [
    ['create_room', { name: 'Plans', topic: '', private: false }], ['update_room', { room: 'tech', archived: true }], ['leave_room', { room: 'plans' }],
  ]);
});

test('another history forgets rooms that are not everybody’s without a word of each', () => {
  const { store } = openStore();
  store.apply('room_added', { room: view('private-x', SECRET) });
  const notices = heard(store, 'notice');
  store.apply('username_set', { ...ada, history_id: `${HISTORY}-2`, limits: store.limits });
  store.apply('rooms_list', { general: entry('General', 0) });
  assert.deepEqual(notices.map(({ key }) => key), ['history_changed']);
});

test('a message in a room that came just now counts as unread', () => {
  const { store } = openStore();
  store.apply('room_added', { room: conversation('direct-x', [ada, lin]) });
  store.apply('room_activity', { room: 'direct-x', last_seq: 1, last_rev: 1 });
  store.apply('new_message', message(1, { room: 'direct-x' }));
  assert.equal(line(store, 'direct-x').unread, 1);
});

/** What Ada does with rooms over a store, where the server answers by `answer`. */
function roomsOf(store, answer = () => ({})) {
  const history = { expelled() {}, enter: async () => undefined };
  const setPreference = (key, value) => store.apply('preference', { key, value });
  return new Rooms({ store, api: {}, history, ask: async (event, payload) => answer(event, payload), setPreference });
}
