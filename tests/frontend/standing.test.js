/** What people are to each other, and how it is said: roles, mutes, spans of time, entries of the audit log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../../frontend/locales/en.json' with { type: 'json' };
import { Directory } from '../../frontend/src/directory.js';
import { Gate } from '../../frontend/src/gate.js';
import { createTranslate } from '../../frontend/src/lib/i18n.js';
import { formatRelative, formatWait, formatWhen } from '../../frontend/src/lib/time.js';
import { auditWords } from '../../frontend/src/views/audit-words.js';
import { isMuted } from '../../frontend/src/views/badges.js';
import { joinLink } from '../../frontend/src/views/invitation.js';
import { moderationChoices } from '../../frontend/src/views/standing.js';
import { ada, heard, openStore } from './people.js';

const t = createTranslate(english, 'en-GB');
const context = { t, locale: 'en-GB' };
const MINUTE = 60_000;

/** What a person of this role may do with somebody. */
function choices(role, person) {
  const store = { me: { user_id: '1', username: 'Ada', role } };
  return moderationChoices({ ...context, store }, { user_id: '2', username: 'Lin', ...person }).map(({ label }) => label);
}

test('moderators mute those below them, and nobody else is offered anything', () => {
  for (const role of ['guest', 'bot', 'member']) assert.deepEqual(choices(role, { role: 'guest' }), []);
  assert.deepEqual(choices('moderator', { role: 'member' }), ['Mute…']);
  assert.deepEqual(choices('moderator', { role: 'guest' }), ['Mute…']);
  assert.deepEqual(choices('moderator', { role: 'moderator' }), []);
  assert.deepEqual(choices('moderator', { role: 'host' }), []);
});

test('hosts do everything with those below them, give other hosts roles, and do nothing with themselves', () => {
  const all = ['Mute…', 'Role…', 'Rename…', 'Hand the name back…', 'Sign out everywhere…', 'Shut out…'];
  assert.deepEqual(choices('host', { role: 'moderator' }), all);
  assert.deepEqual(choices('host', { role: 'member' }), all);
  assert.deepEqual(choices('host', { role: 'host' }), ['Role…']);
  assert.deepEqual(choices('host', { role: 'host', user_id: '1' }), []);
});

test('what was done can be undone in the same place', () => {
  const muted_until = new Date(Date.now() + MINUTE).toISOString();
  assert.deepEqual(choices('moderator', { role: 'member', muted_until }), ['Let write again…']);
  assert.deepEqual(choices('host', { role: 'member', banned_at: '2026-01-31T09:00:00.000Z' }), ['Rename…', 'Let in again…']);
});

test('a mute ends by itself', () => {
  assert.equal(isMuted(undefined), false);
  assert.equal(isMuted(new Date(Date.now() - MINUTE).toISOString()), false);
  assert.equal(isMuted(new Date(Date.now() + MINUTE).toISOString()), true);
});

test('the store knows until when one is muted, and forgets it when it is lifted', () => {
  const { store } = openStore();
  const told = { ...ada, role: 'member', history_id: 'history-one', limits: store.limits };
  store.apply('username_set', { ...told, muted_until: '2026-01-31T09:00:00.000Z' });
  assert.equal(store.me.muted_until, '2026-01-31T09:00:00.000Z');
  store.apply('username_set', told);
  assert.equal('muted_until' in store.me, false);
  const people = heard(store, 'person');
  store.apply('user_changed', { user_id: '2', username: 'Linh', role: 'moderator' });
  assert.deepEqual(people, [{ user_id: '2', username: 'Linh', role: 'moderator' }]);
});

test('a span is told in what one counts it in', () => {
  assert.equal(formatWait(1, 'en'), '1 second');
  assert.equal(formatWait(37, 'en'), '37 seconds');
  assert.equal(formatWait(600, 'en'), '10 minutes');
  assert.equal(formatWait(86_400, 'en'), '24 hours');
  const now = Date.UTC(2026, 0, 31, 12);
  assert.equal(formatRelative(now - 20_000, 'en', now), 'now');
  assert.equal(formatRelative(now - 5 * MINUTE, 'en', now), '5 minutes ago');
  assert.equal(formatRelative(now + 3 * 86_400_000, 'en', now), 'in 3 days');
  assert.equal(formatRelative(now - 400 * 86_400_000, 'en', now), 'last year');
  assert.match(formatWhen(now + MINUTE, 'en-GB', now), /^\d\d:01$/);
  assert.match(formatWhen(now + 2 * 86_400_000, 'en-GB', now), /2 Feb/);
});

test('the link of a phrase carries it, and others carry nothing', () => {
  assert.equal(joinLink('http://a', { ways_in: 'phrase', phrase: 'four plain  words here' }), 'http://a/#/join/four-plain-words-here');
  assert.equal(joinLink('http://a', { ways_in: 'phrase' }), 'http://a');
  assert.equal(joinLink('http://a', { ways_in: 'open', phrase: 'kept from before' }), 'http://a');
  assert.equal(joinLink('http://a', { ways_in: 'invitation' }), 'http://a');
});

/** @param {Record<string, unknown>} more */
function words(action, more = {}) {
  return auditWords(context, { id: '1', created_at: '', actor: 'Ada', actor_id: '1', subject: 'Lin', action, ...more });
}

test('every act is a sentence with its names', () => {
  assert.equal(words('role_set', { detail: { before: 'member', role: 'moderator' } }), 'Ada gave Lin another role: Moderator.');
  assert.equal(words('renamed', { detail: { before: 'Lyn' } }), 'Ada renamed Lyn to Lin.');
  assert.match(words('muted', { detail: { until: '2026-01-31T09:00:00.000Z' } }), /^Ada muted Lin until .*2026/);
  assert.equal(words('banned', { detail: { devices: 2, addresses: ['10.0.0.7'] } }), 'Ada shut out Lin (2 devices, the address 10.0.0.7 too).');
  assert.equal(words('banned'), 'Ada shut out Lin.');
  assert.equal(words('message_deleted', { detail: { room: 'general', room_name: 'General' } }), 'Ada deleted a message by Lin in General.');
  assert.equal(words('message_deleted', { detail: { room_kind: 'private' } }), 'Ada deleted a message by Lin in a closed room.');
  assert.equal(words('choices_changed', { detail: { ways_in: 'phrase', retention_days: 30 } }), 'Ada changed how the chat is (way in: phrase, days that messages are kept: 30).');
  assert.equal(words('choices_changed', { detail: { is_set_up: true } }), 'Ada set up the chat.');
  const operator = { actor: 'operator', actor_id: undefined, detail: { backup: 'chat.sqlite3' } };
  assert.equal(words('backup_made', operator), 'Whoever runs the program made the backup chat.sqlite3.');
});

test('an act of another version is shown as it is', () => {
  assert.equal(words('levitated', { detail: { height: 2 } }), 'Ada: levitated Lin height: 2');
  assert.equal(words('operator', { detail: 'odd' }), 'Ada: operator Lin ');
});

test('what is asked of people goes to their own address, and what they become is told', async () => {
  const asked = [];
  const answer = { user_id: '7', username: 'Lin', role: 'member', is_present: true };
  const api = { ask: async (...request) => { asked.push(request); return request[0] === 'POST' ? { code: 'c' } : answer; }, url: (path) => path };
  const directory = new Directory({ api });
  const told = [];
  directory.addEventListener('person', ({ detail }) => told.push(detail));
  await directory.mute('7', 60);
  await directory.ban('7', { devices: true, address: false });
  await directory.handBack('7');
  await directory.find({ q: 'Li n', limit: 50 });
  assert.deepEqual(asked, [
    ['PUT', '/api/people/7/mute', { minutes: 60 }], ['PUT', '/api/people/7/ban', { devices: true, address: false }],
    ['POST', '/api/people/7/return-link', undefined], ['GET', '/api/people?q=Li+n&limit=50'],
  ]);
  assert.deepEqual(told, [answer, answer]);
  const gate = new Gate({ api });
  await gate.audit();
  await gate.audit('12');
  assert.deepEqual(asked.slice(-2).map(([, path]) => path), ['/api/admin/audit?limit=50', '/api/admin/audit?limit=50&before=12']);
  assert.equal(gate.auditUrl('csv'), '/api/admin/audit/export?format=csv');
});
