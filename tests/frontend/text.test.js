import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTranslate } from '../../frontend/src/lib/i18n.js';
import { distanceFromBottom, isAtBottom } from '../../frontend/src/lib/scroll.js';
import { cleanMessage, colourIndex, countCodePoints, initials } from '../../frontend/src/lib/text.js';
import { dayKey, formatDay, startsDay, startsGroup } from '../../frontend/src/lib/time.js';

test('length is counted in code points', () => {
  assert.equal(countCodePoints('aé😀'), 3);
  assert.equal(countCodePoints('👨‍👩‍👧'), 5);
});

test('messages are cleaned as the server does', () => {
  assert.equal(cleanMessage('  a\r\nb\u0000\u0007\tc\u0085 \n'), 'a\nb\tc');
  assert.equal(cleanMessage('\ud800x'), '\ufffdx');
  assert.equal(cleanMessage(' \n\t '), '');
});

test('avatars have letters and one of twelve colours', () => {
  assert.equal(initials('ada lovelace'), 'AL');
  assert.equal(initials('_x'), 'X');
  assert.equal(initials('王小明'), '王');
  const colours = new Set(Array.from({ length: 200 }, (_, id) => colourIndex(String(id))));
  assert.deepEqual([...colours].sort((one, other) => one - other), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('a head stands at another author, another day and after five minutes', () => {
  const at = (minutes, username = 'Ada') => ({ user_id: username, username, created_at: new Date(2026, 0, 31, 12, minutes).getTime() });
  assert.equal(startsGroup(undefined, at(0)), true);
  assert.equal(startsGroup(at(0), at(5)), false);
  assert.equal(startsGroup(at(0), at(6)), true);
  assert.equal(startsGroup(at(0), at(1, 'Lin')), true);
  const midnight = { ...at(0), created_at: new Date(2026, 1, 1, 0, 0).getTime() };
  const before = { ...at(0), created_at: new Date(2026, 0, 31, 23, 59).getTime() };
  assert.equal(startsDay(before, midnight), true);
  assert.equal(startsGroup(before, midnight), true);
  assert.equal(dayKey(midnight.created_at), '2026-02-01');
});

test('days have names', () => {
  const now = new Date(2026, 2, 15, 12).getTime();
  assert.equal(formatDay(now, 'en', now), 'Today');
  assert.equal(formatDay(new Date(2026, 2, 14, 23, 59).getTime(), 'en', now), 'Yesterday');
  assert.equal(formatDay(new Date(2026, 2, 9).getTime(), 'en', now), 'Monday, March 9');
  assert.match(formatDay(new Date(2025, 2, 9).getTime(), 'en', now), /2025/);
});

test('texts are found, filled and counted', () => {
  const t = createTranslate({ rooms: { empty: 'Nobody in {room}', people: { zero: 'Nobody', one: '{count} person', other: '{count} people' } } }, 'en');
  assert.equal(t('rooms.empty', { room: 'General' }), 'Nobody in General');
  assert.equal(t('rooms.people', { count: 0 }), 'Nobody');
  assert.equal(t('rooms.people', { count: 1 }), '1 person');
  assert.equal(t('rooms.people', { count: 1200 }), '1,200 people');
  assert.equal(t('rooms.missing'), 'rooms.missing');
});

test('a name in a sentence does not turn the sentence around', () => {
  const t = createTranslate({ joined: '{name} joined {room}' }, 'en');
  assert.equal(t('joined', { name: 'Zoë', room: 'Tech 1' }), 'Zoë joined Tech 1');
  assert.equal(t('joined', { name: 'עדה', room: 'Tech' }), '\u2068עדה\u2069 joined Tech');
  assert.equal(t('joined', { name: '\u202eadA\u2066', room: '\u2069x' }), 'adA joined x');
  assert.equal(t('joined', { name: '\u202eمرحبا\u202c', room: 'x' }), '\u2068مرحبا\u2069 joined x');
});

test('the bottom has a threshold', () => {
  assert.equal(isAtBottom({ scrollTop: 900, scrollHeight: 1500, clientHeight: 500 }, 100), true);
  assert.equal(isAtBottom({ scrollTop: 899, scrollHeight: 1500, clientHeight: 500 }, 100), false);
  assert.equal(distanceFromBottom({ scrollTop: 1001, scrollHeight: 1500, clientHeight: 500 }), 0);
});
