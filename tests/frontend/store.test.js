import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HISTORY, ada, entry, heard, joined, lin, message, messages, openStore, seqs } from './people.js';

test('a message told twice stands once', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  const arrived = heard(store, 'arrived');
  store.apply('new_message', message(4));
  store.apply('new_message', message(4));
  store.apply('joined_room', joined(1, 4));
  assert.deepEqual(seqs(store), [1, 2, 3, 4]);
  assert.equal(arrived.length, 1);
});

test('a message ahead of a missing one waits for it', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('new_message', message(5));
  assert.deepEqual(seqs(store), [1, 2, 3]);
  assert.equal(store.room('general').isBehind, true);
  store.apply('new_message', message(4));
  assert.deepEqual(seqs(store), [1, 2, 3, 4, 5]);
  assert.equal(store.room('general').isBehind, false);
});

test('what was missed is asked for from the last known change on, and stands once', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 50));
  store.apply('joined_room', joined(101, 150, { read_seq: 50 }));
  const room = store.room('general');
  assert.deepEqual([room.isBehind, room.revs.known], [true, 50]);
  store.apply('new_message', message(151));
  const answer = { history_id: HISTORY, rooms: { general: { rev: 150, messages: messages(51, 150) } } };
  store.apply('synced', { since: { general: 50 }, answer });
  store.apply('synced', { since: { general: 50 }, answer });
  assert.deepEqual(seqs(store), Array.from({ length: 151 }, (_, index) => index + 1));
  assert.deepEqual([room.isBehind, room.revs.known], [false, 151]);
});

test('joining again asks for nothing when its messages are all that has changed', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 50));
  store.apply('joined_room', joined(11, 60));
  assert.deepEqual([store.room('general').isBehind, seqs(store).at(-1)], [false, 60]);
});

test('after a long absence the window starts anew', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 50));
  const changes = heard(store, 'messages');
  store.apply('joined_room', joined(4951, 5000));
  store.apply('synced', { since: { general: 50 }, answer: { history_id: HISTORY, rooms: { general: { rev: 5000, messages: [], reset: true } } } });
  assert.deepEqual([seqs(store).at(-1), store.room('general').isBehind], [50, true], 'shown until there is something better');
  store.apply('joined_room', joined(4951, 5000));
  assert.equal(seqs(store)[0], 4951);
  assert.equal(store.room('general').isBehind, false);
  assert.equal(store.room('general').has_more_before, true);
  assert.deepEqual(changes.map((each) => each.change), ['reset']);
});

test('a late answer of another room changes nothing', () => {
  const { store } = openStore();
  store.apply('opened', { room: 'tech' });
  store.apply('joined_room', joined(1, 3));
  assert.equal(store.room('general').loaded, false);
  assert.equal(store.current, 'tech');
});

test('another history drops what was cached, and late pages of the old one', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  const before = store.room('general').edition;
  const notices = heard(store, 'notice');
  store.apply('username_set', { ...ada, history_id: 'history-two', limits: store.limits });
  assert.deepEqual(seqs(store), []);
  assert.equal(store.rooms.size, 0);
  assert.deepEqual(notices.map((each) => each.key), ['history_changed']);
  const page = { messages: messages(1, 3), has_more_before: false, has_more_after: false };
  store.apply('page', { room: 'general', page, place: 'replace', edition: before });
  assert.equal(store.room('general').loaded, false);
  store.apply('joined_room', joined(1, 1, { history_id: 'history-two' }));
  assert.deepEqual(seqs(store), [1]);
});

test('older pages go before, and the window stays bounded', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(951, 1000));
  for (let before = 951; before > 451; before -= 100) {
    const page = { messages: messages(before - 100, before - 1), has_more_before: true, has_more_after: true };
    store.apply('page', { room: 'general', page, place: 'older', edition: store.room('general').edition });
  }
  const room = store.room('general');
  assert.equal(room.messages.length, 400);
  assert.equal(room.messages[0].seq, 451);
  assert.equal(room.has_more_after, true);
  store.apply('new_message', message(1001));
  assert.equal(room.messages.at(-1).seq, 850);
  assert.equal(room.last_seq, 1001);
  const page = { messages: messages(851, 1001), has_more_before: true, has_more_after: false };
  store.apply('page', { room: 'general', page, place: 'newer', edition: store.room('general').edition });
  assert.equal(room.has_more_after, false);
  store.apply('new_message', message(1002));
  assert.equal(room.messages.at(-1).seq, 1002);
});

test('the first message of all is known from a page that says so', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(11, 60, { first_seq: 1 }));
  const page = { messages: messages(5, 10), has_more_before: false, has_more_after: true };
  store.apply('page', { room: 'general', page, place: 'older', edition: store.room('general').edition });
  assert.equal(store.room('general').has_more_before, false);
});

test('removed history leaves the window and is told of', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 10));
  const notices = heard(store, 'notice');
  store.apply('history_trimmed', { room: 'general', rev: 11, before_seq: 6 });
  store.apply('history_trimmed', { room: 'general', rev: 11, before_seq: 6 });
  assert.deepEqual(seqs(store), [6, 7, 8, 9, 10]);
  assert.equal(notices.length, 1);
  assert.equal(store.room('general').has_more_before, false);
});

test('what a cleanup had taken can be loaded again when it is back', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 10));
  store.apply('history_trimmed', { room: 'general', rev: 11, before_seq: 6 });
  store.apply('history_restored', { room: 'general', rev: 12, first_seq: 1 });
  assert.equal(store.room('general').has_more_before, true);
  const page = { messages: messages(1, 5), has_more_before: false, has_more_after: true };
  store.apply('page', { room: 'general', page, place: 'older', edition: store.room('general').edition });
  assert.deepEqual(seqs(store), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('a client that did not hear that it is back loads the room anew, from where it begins now', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 10));
  store.apply('history_trimmed', { room: 'general', rev: 11, before_seq: 6 });
  store.apply('synced', { since: { general: 11 }, answer: { history_id: HISTORY, rooms: { general: { rev: 14, messages: [], reset: true } } } });
  store.apply('joined_room', joined(1, 10, { rev: 14 }));
  assert.equal(store.room('general').first_seq, 1);
});

test('a room emptied by cleanup goes on with the next message', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 3));
  store.apply('history_trimmed', { room: 'general', rev: 4, before_seq: 4 });
  store.apply('new_message', message(4));
  assert.deepEqual(seqs(store), [4]);
});

test('read places only move forward, and unread follows', () => {
  const { store } = openStore();
  store.apply('room_activity', { room: 'tech', last_seq: 4, last_rev: 4, user_count: 3 });
  assert.equal(store.rooms.get('tech').unread, 4);
  store.apply('read', { room: 'tech', seq: 3 });
  store.apply('read', { room: 'tech', seq: 1 });
  assert.equal(store.rooms.get('tech').unread, 1);
  store.apply('rooms_list', { general: entry('General', 0), tech: entry('Tech Talk', 2, 2) });
  assert.equal(store.rooms.get('tech').last_seq, 4);
  store.apply('preference', { key: 'level:tech', value: 'none' });
  assert.equal(store.unreadTotal, 0);
});

test('the divider stands where reading stopped until the room is left', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 10, { read_seq: 7 }));
  assert.equal(store.room('general').unreadFrom, 8);
  store.apply('read', { room: 'general', seq: 10 });
  store.apply('joined_room', joined(1, 10, { read_seq: 10 }));
  assert.equal(store.room('general').unreadFrom, 8);
  store.apply('opened', { room: 'tech' });
  store.apply('opened', { room: 'general' });
  assert.equal(store.room('general').unreadFrom, null);
});

test('a room whose unread begins before the newest page opens with a page from there', () => {
  const { store } = openStore();
  const answer = joined(151, 200, { read_seq: 20 });
  store.apply('joined_room', answer);
  store.apply('joined_room', answer);
  assert.equal(store.room('general').loaded, false);
  assert.equal(store.room('general').unreadFrom, 21);
  const page = { messages: messages(1, 200), has_more_before: false, has_more_after: false };
  store.apply('page', { room: 'general', page, place: 'replace', edition: store.room('general').edition });
  assert.equal(store.room('general').messages.length, 200);
  assert.equal(store.room('general').has_more_after, false);
});

test('a room that went on meanwhile is shown as it was, then from where reading goes on', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 50));
  store.apply('opened', { room: 'tech' });
  store.apply('room_activity', { room: 'general', last_seq: 200, last_rev: 200, user_count: 2 });
  store.apply('opened', { room: 'general' });
  assert.equal(seqs(store).at(-1), 50);
  assert.equal(store.room('general').unreadFrom, 51);
  const changes = heard(store, 'messages');
  store.apply('joined_room', joined(151, 200, { read_seq: 50 }));
  store.apply('synced', { since: { general: 50 }, answer: { history_id: HISTORY, rooms: { general: { rev: 200, messages: messages(51, 200) } } } });
  assert.equal(seqs(store).at(-1), 200);
  assert.deepEqual(changes.map((each) => each.change), ['reset']);
  store.apply('new_message', message(201));
  assert.deepEqual(changes.map((each) => each.change), ['reset', 'newer']);
});

test('what comes while nobody looks gets the divider', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('attention', { here: false });
  store.apply('new_message', message(3));
  store.apply('new_message', message(4));
  assert.equal(store.room('general').unreadFrom, 3);
});

test('an own message moves the own place', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('new_message', message(3, { author: ada }));
  assert.equal(store.rooms.get('general').unread, 0);
});

test('joining and leaving make quiet lines once, and none for oneself', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2, { users: ['Ada'], user_count: 1 }));
  const came = { ...lin, room: 'general', user_count: 2 };
  store.apply('user_joined', came);
  store.apply('user_joined', came);
  store.apply('user_joined', { ...ada, room: 'general', user_count: 2 });
  store.apply('user_left', { ...came, user_count: 1 });
  const room = store.room('general');
  assert.deepEqual(room.presenceLines.map(({ kind, username, after_seq }) => [kind, username, after_seq]), [['joined', 'Lin', 2], ['left', 'Lin', 2]]);
  assert.equal(room.user_count, 1);
  assert.deepEqual(room.people.map((person) => person.username), ['Ada']);
});

test('typing ends by itself, by sending and by leaving', () => {
  const { store, clock } = openStore();
  store.apply('joined_room', joined(1, 2));
  const typing = { ...lin, room: 'general', typing: true };
  store.apply('user_typing', typing);
  store.apply('user_typing', { ...ada, room: 'general', typing: true });
  assert.deepEqual(store.room('general').typing, ['Lin']);
  clock.now += 3999;
  store.apply('typing_expired', { room: 'general' });
  assert.deepEqual(store.room('general').typing, ['Lin']);
  clock.now += 1;
  store.apply('typing_expired', { room: 'general' });
  assert.deepEqual(store.room('general').typing, []);
  store.apply('user_typing', typing);
  store.apply('new_message', message(3));
  assert.deepEqual(store.room('general').typing, []);
  store.apply('user_typing', typing);
  store.apply('user_left', { ...lin, room: 'general', user_count: 1 });
  assert.deepEqual(store.room('general').typing, []);
});

test('a rename reaches people and oneself, and alters no message', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('new_message', message(3));
  store.apply('user_changed', { user_id: '2', username: 'Linnea' });
  store.apply('user_changed', { user_id: '1', username: 'Ada L' });
  assert.deepEqual(store.room('general').people.map((person) => person.username).sort(), ['Ada', 'Linnea']);
  assert.equal(store.me.username, 'Ada L');
  assert.equal(store.room('general').messages[2].username, 'Lin');
});

test('a pending message gives way to the saved one, in whatever order ack and event come', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  const item = { client_id: 'c', room: 'general', message: 'hi', created_at: 0, state: 'waiting' };
  const room = store.room('general');
  store.apply('outbox', { items: [item] });
  assert.equal(room.pending.length, 1);
  const saved = message(4, { author: ada, client_id: 'c' });
  store.apply('saved', { client_id: 'c', message: saved });
  assert.deepEqual([room.pending.length, seqs(store)], [1, [1, 2]], 'shown until the message before it is here');
  store.apply('new_message', message(3));
  assert.deepEqual([room.pending.length, seqs(store)], [0, [1, 2, 3, 4]]);
  store.apply('new_message', saved);
  assert.deepEqual([room.pending.length, seqs(store)], [0, [1, 2, 3, 4]]);
});

test('a message seen without its ack is not shown twice', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('outbox', { items: [{ client_id: 'c', room: 'general', message: 'hi', created_at: 0, state: 'waiting' }] });
  store.apply('new_message', message(3, { author: ada, client_id: 'c' }));
  assert.equal(store.room('general').pending.length, 0);
});

test('a window that grows unread stops growing, a read one is cut at its start', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 50));
  for (let seq = 51; seq <= 700; seq += 1) store.apply('new_message', message(seq));
  const room = store.room('general');
  assert.equal(room.messages[0].seq, 1);
  assert.equal(room.has_more_after, true);
  store.apply('opened', { room: 'tech' });
  store.apply('opened', { room: 'general' });
  store.apply('joined_room', joined(651, 700, { read_seq: 700 }));
  for (let seq = 701; seq <= 1400; seq += 1) {
    store.apply('new_message', message(seq));
    store.apply('read', { room: 'general', seq });
  }
  assert.equal(room.has_more_after, false);
  assert.ok(room.messages.length <= 600);
  assert.equal(room.messages.at(-1).seq, 1400);
});

test('nothing of one person is left for the next', () => {
  const { store } = openStore();
  store.apply('joined_room', joined(1, 2));
  store.apply('session', { session: 'none', me: null });
  assert.equal(store.current, null);
  assert.equal(store.rooms.size, 0);
  assert.equal(store.room('general'), undefined);
});

test('what is wrong with the server is known until all is well', () => {
  const { store } = openStore();
  const told = heard(store, 'trouble');
  const trouble = [{ kind: 'full', since: '2026-11-28T03:20:00.000Z' }];
  store.apply('trouble_changed', { trouble });
  assert.deepEqual(store.trouble, trouble);
  store.apply('trouble_changed', { trouble: [] });
  assert.deepEqual([store.trouble, told], [[], [trouble, []]]);
});
