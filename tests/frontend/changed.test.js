import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HISTORY, ada, entry, heard, joined, lin, message, messages, openStore } from './people.js';

/** A message that was changed: `rev` is that of the change. */
function changed(seq, rev, rest = {}) {
  return message(seq, { rev, message: `changed at ${rev}`, ...rest });
}

function texts(store, room = 'general') {
  return store.room(room).messages.map((each) => each.message);
}

test('a change replaces the message in its place, and an older state changes nothing', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  const before = store.room('general').messages;
  const told = heard(store, 'messages');
  store.apply('message_changed', changed(2, 5));
  store.apply('message_changed', changed(2, 4));
  assert.deepEqual(texts(store), ['number 1', 'changed at 5', 'number 3']);
  assert.equal(before[1].message, 'number 2', 'another object');
  assert.deepEqual(told, [{ room: 'general', change: 'changed', ids: ['general-2'] }]);
});

test('a deleted message keeps its place', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('message_changed', changed(2, 4, { message: '', deleted: true }));
  assert.deepEqual(store.room('general').messages.map((each) => [each.seq, each.deleted === true]), [[1, false], [2, true], [3, false]]);
});

test('a change that is missing is known to be missing', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('message_changed', changed(2, 5));
  assert.equal(store.room('general').isBehind, true);
  store.apply('synced', { since: { general: 3 }, answer: { history_id: HISTORY, rooms: { general: { rev: 5, messages: [changed(1, 4), changed(2, 5)] } } } });
  assert.deepEqual(texts(store), ['changed at 4', 'changed at 5', 'number 3']);
  assert.equal(store.room('general').isBehind, false);
});

test('an ack ahead of what others did waits for it', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('saved', { client_id: 'c', message: message(5, { author: ada, client_id: 'c' }) });
  const room = store.room('general');
  assert.deepEqual([room.isBehind, room.revs.known], [true, 3]);
  store.apply('new_message', message(4));
  store.apply('new_message', message(5, { author: ada, client_id: 'c' }));
  assert.deepEqual([room.isBehind, room.revs.known], [false, 5]);
});

test('a change heard while a page is on its way is laid over it', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60));
  const { edition } = store.room('general');
  store.apply('fetching', { room: 'general', on: true });
  store.apply('message_changed', changed(5, 61));
  const page = { messages: messages(1, 10), has_more_before: false, has_more_after: true };
  store.apply('page', { room: 'general', page, place: 'older', edition });
  store.apply('fetching', { room: 'general', on: false });
  assert.equal(texts(store)[4], 'changed at 61');
  assert.equal(store.room('general').window.aside.size, 0);
});

test('what one is changing is shown at once, and gives way to what the server says', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  const room = store.room('general');
  const told = heard(store, 'messages');
  const change = { id: 'general-2', room: 'general', message: 'better', reactions: { '👍': true } };
  store.apply('changes', { items: [change] });
  assert.deepEqual([room.messages[1].message, room.messages[1].is_saving, room.messages[1].reactions], ['better', true, { '👍': ['1'] }]);
  store.apply('message_changed', changed(2, 3, { reactions: { '👍': ['2', '1'], '🎉': ['2'] } }));
  assert.deepEqual([room.messages[1].message, room.messages[1].reactions], ['better', { '👍': ['2', '1'], '🎉': ['2'] }]);
  store.apply('changes', { items: [], settled: changed(2, 4, { message: 'better', edited_at: '2026-01-31T10:00:00.000Z' }) });
  assert.deepEqual([room.messages[1].message, room.messages[1].is_saving], ['better', undefined]);
  assert.deepEqual(told.map((each) => each.ids), [['general-2'], ['general-2'], ['general-2']]);
  store.apply('changes', { items: [{ id: 'general-2', room: 'general', reactions: { '🎉': false } }] });
  assert.equal(room.messages[1].reactions, undefined);
});

test('a refused change leaves the message as the server has it', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('changes', { items: [{ id: 'general-1', room: 'general', is_removing: true }] });
  assert.deepEqual([...store.room('general').removing], ['general-1']);
  store.apply('changes', { items: [] });
  assert.equal(store.room('general').removing.size, 0);
});

test('a quoted message outside the window is kept true', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60));
  const room = store.room('general');
  assert.equal(room.message('general-2'), undefined);
  store.apply('quoted', { room: 'general', id: 'general-2', message: message(2), edition: room.edition });
  store.apply('quoted', { room: 'general', id: 'never', message: null, edition: room.edition });
  assert.deepEqual([room.message('general-2').message, room.message('never')], ['number 2', null]);
  const told = heard(store, 'messages');
  store.apply('message_changed', changed(2, 61));
  assert.equal(room.message('general-2').message, 'changed at 61');
  assert.deepEqual(told[0].ids, ['general-2']);
  store.apply('history_trimmed', { room: 'general', rev: 62, before_seq: 3 });
  assert.equal(room.message('general-2'), null);
});

test('mentions are counted once, fall with reading, and come and go with edits', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  const arrived = heard(store, 'arrived');
  const count = () => store.rooms.get('general').mention_count;
  store.apply('new_message', message(3, { mentions: ['1'] }));
  store.apply('new_message', message(3, { mentions: ['1'] }));
  store.apply('new_message', message(4, { mentions: ['7'] }));
  assert.deepEqual([count(), arrived.map((each) => each.mention)], [1, [true, false]]);
  store.apply('message_changed', changed(4, 5, { mentions: ['1', '7'] }));
  assert.equal(count(), 2);
  store.apply('message_changed', changed(3, 6, { message: '', deleted: true }));
  assert.equal(count(), 1);
  store.apply('read', { room: 'general', seq: 3 });
  assert.equal(count(), 1);
  store.apply('read', { room: 'general', seq: 4 });
  assert.equal(count(), 0);
});

test('mentions elsewhere add up, and the server has the last word', () => {
  const { store } = openStore();
  store.apply('room_activity', { room: 'tech', last_seq: 3, last_rev: 3, mention: true });
  store.apply('room_activity', { room: 'tech', last_seq: 4, last_rev: 4, user_count: 2 });
  assert.deepEqual([store.rooms.get('tech').mention_count, store.mentionTotal, store.unreadTotal], [1, 1, 4]);
  store.apply('preference', { key: 'level:tech', value: 'mentions' });
  assert.deepEqual([store.mentionTotal, store.unreadTotal], [1, 1]);
  store.apply('read', { room: 'tech', seq: 3, mention_count: 0 });
  assert.equal(store.mentionTotal, 0);
  store.apply('rooms_list', { general: entry('General', 0), tech: { ...entry('Tech Talk', 9, 3), mention_count: 2 } });
  assert.equal(store.mentionTotal, 2);
  store.apply('rooms_list', { general: entry('General', 0), tech: { ...entry('Tech Talk', 9, 2), mention_count: 4 } });
  assert.equal(store.mentionTotal, 2, 'told of before this person read on');
});

test('an opened link leads to its message, also before the newest page', () => {
  const { store } = openStore();
  store.apply('opened', { room: null });
  store.apply('opened', { room: 'general', seq: 20 });
  const jumps = heard(store, 'jump');
  store.apply('joined_room', joined(151, 200));
  const room = store.room('general');
  assert.equal(room.loaded, false);
  const page = { messages: messages(1, 120), has_more_before: false, has_more_after: true };
  store.apply('page', { room: 'general', page, place: 'replace', edition: room.edition });
  assert.deepEqual(jumps, [{ room: 'general', seq: 20 }]);
  store.apply('new_message', message(201));
  assert.equal(jumps.length, 1);
});

test('a link to what was cleaned up says so', () => {
  const { store } = openStore();
  store.apply('opened', { room: null });
  store.apply('opened', { room: 'general', seq: 2 });
  const notices = heard(store, 'notice');
  store.apply('joined_room', joined(11, 60, { first_seq: 11 }));
  const page = { messages: messages(11, 60), has_more_before: false, has_more_after: false };
  store.apply('page', { room: 'general', page, place: 'replace', edition: store.room('general').edition });
  assert.deepEqual(notices.map((each) => each.key), ['message_gone']);
});

test('a room that is gone is closed', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  const notices = heard(store, 'notice');
  store.apply('synced', { since: { general: 2 }, answer: { history_id: HISTORY, rooms: { general: { rev: 0, messages: [], gone: true } } } });
  assert.deepEqual([store.current, store.rooms.has('general'), notices.map((each) => each.key)], [null, false, ['room_gone']]);
});

test('the latest name of a person is known', () => {
  const { store } = openStore();
  store.apply('names', { people: [lin, { user_id: '9', username: 'Bo' }] });
  store.apply('user_changed', { user_id: '9', username: 'Bob' });
  assert.deepEqual(['1', '2', '9', '8'].map((id) => store.nameOf(id)), ['Ada', 'Lin', 'Bob', null]);
});
