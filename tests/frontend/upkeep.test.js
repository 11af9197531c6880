import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createTranslate } from '../../frontend/src/lib/i18n.js';
import { importReport } from '../../frontend/src/lib/import-report.js';
import { troubleWords } from '../../frontend/src/lib/trouble.js';
import { copiesWords, goesWords, inOrder, proofOf, summaryOf } from '../../frontend/src/lib/upkeep.js';
import { Upkeep } from '../../frontend/src/upkeep.js';

const texts = JSON.parse(readFileSync(new URL('../../frontend/locales/en.json', import.meta.url), 'utf-8'));
const t = createTranslate(texts, 'en');

test('every trouble that the server knows has words of its own, and another one has words too', () => {
  const kinds = /kind: (.+);/.exec(/interface Trouble \{[^}]+\}/.exec(readFileSync(new URL('../../frontend/src/protocol.d.ts', import.meta.url), 'utf-8'))[0])[1];
  const known = kinds.split(' | ').map((kind) => kind.slice(1, -1));
  assert.ok(known.length > 6);
  const told = known.map((kind) => troubleWords(t, { kind }));
  assert.equal(new Set(told.map(({ words }) => words)).size, known.length);
  for (const { words, todo } of told) assert.ok(!`${words}${todo}`.includes('trouble.'));
  assert.deepEqual(troubleWords(t, { kind: 'of_tomorrow' }), troubleWords(t, { kind: 'failing' }));
});

test('the report of an import names what came, what was here, and what was left out', () => {
  const report = importReport(t, 'en', {
    rooms: 2, people: 1, messages: 1200, known: 3, renamed: { Ada: 'Ada.2' },
    left_out: { files: 2, 'messages: channel_join': 3, 'messages: without text': 1, riddles: 4 },
  });
  assert.deepEqual(report, {
    came: 'New here: 1,200 messages, 2 rooms, and 1 person.', known: '3 messages were here already.', renamed: ['Ada is now Ada.2.'],
    left: ['2 files', '4: riddles', '4 notes of the program itself (somebody joined, a topic was set)'],
  });
  assert.deepEqual(importReport(t, 'en', {}), { came: 'New here: 0 messages, 0 rooms, and 0 people.', known: '', renamed: [], left: [] });
});

test('a backup that failed is not proven, whatever was before', () => {
  assert.equal(proofOf({}), 'waiting');
  assert.equal(proofOf({ proven_at: '2026-01-01T00:00:00Z' }), 'proven');
  assert.equal(proofOf({ proven_at: '2026-01-01T00:00:00Z', failed: 'It is damaged.' }), 'failed');
});

test('what is not proven is restored only by whoever says so', async () => {
  const asked = [];
  const upkeep = new Upkeep({ ask: async (method, path) => { asked.push(`${method} ${path}`); return {}; } });
  await upkeep.restoreKept('a b.sqlite3', { isUnproven: false });
  await upkeep.restoreKept('a b.sqlite3', { isUnproven: true });
  await upkeep.hold('general', true);
  await upkeep.hold('general', false);
  assert.deepEqual(asked, [
    'POST /api/admin/restore?backup=a+b.sqlite3', 'POST /api/admin/restore?backup=a+b.sqlite3&unproven=true',
    'PUT /api/admin/rooms/general/hold', 'DELETE /api/admin/rooms/general/hold',
  ]);
});

test('what goes stands first, most of all at the top, then what is held; the rest is apart', () => {
  const [few, held, quiet, many] = [{ messages: 2 }, { messages: 9, held: true }, { messages: 0 }, { messages: 5 }];
  assert.deepEqual(inOrder([few, held, quiet, many]), { notable: [many, few, held], others: [quiet] });
  assert.deepEqual(summaryOf([few, held, quiet, many]), { messages: 7, rooms: 2 });
});

const now = new Date(2026, 10, 28, 9).getTime();
const [past, today, later] = [-1, 1, 20 * 24].map((hours) => new Date(now + hours * 3_600_000).toISOString());

test('it is said when a backup goes, in a sentence whatever the day is', () => {
  assert.equal(goesWords(t, 'en', undefined, now), '');
  assert.equal(goesWords(t, 'en', past, now), 'Goes with the next daily backup.');
  assert.equal(goesWords(t, 'en', today, now), 'Goes on Saturday, November 28 at the latest.');
  assert.equal(goesWords(t, 'en', later, now), 'Goes on Friday, December 18 at the latest.');
});

test('it is said whether and until when backups hold what was erased', () => {
  const [one, two] = ['1 backup is older than something that was erased, and can still hold it.', '2 backups are older than something that was erased, and can still hold it.'];
  assert.equal(copiesWords(t, 'en', undefined, now), 'No backup holds anything that was erased.');
  for (const [backups, until, words] of [
    [1, later, `${one} It goes on Friday, December 18 at the latest.`],
    [2, later, `${two} The last of them goes on Friday, December 18 at the latest.`],
    [2, today, `${two} The last of them goes on Saturday, November 28 at the latest.`],
    [1, past, `${one} It goes with the next daily backup.`],
    [2, past, `${two} They go with the next daily backup.`],
    [1, undefined, `${one} No day is set on which it goes; it can be removed under “Backups”.`],
    [2, undefined, `${two} No day is set on which they all go; they can be removed under “Backups”.`],
  ]) assert.equal(copiesWords(t, 'en', { backups, newest: past, until }, now), words);
});
