import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Finder, PAUSE_MS, grouped, seqOfDay } from '../../frontend/src/finder.js';
import { addressOf, paneOf, readRoute } from '../../frontend/src/views/routes.js';
import { message } from './people.js';

/** Something that was found. */
function found(seq, rest) {
  return { message: message(seq, rest), snippet: [{ text: 'number ' }, { text: String(seq), mark: true }] };
}

/** A finder, what it asked, and how each question is answered. */
function begin() {
  const asked = [];
  const finder = new Finder((query) => new Promise((resolve, reject) => asked.push({ query, resolve, reject })));
  return { finder, asked };
}

/** Everything that has been answered is taken. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

function seqs(finder) {
  return finder.results.map((each) => each.message.seq);
}

function withClock(run) {
  return async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      await run();
    } finally {
      mock.timers.reset();
    }
  };
}

test('it is asked when writing pauses, once, without the space around', withClock(async () => {
  const { finder, asked } = begin();
  finder.write('so');
  mock.timers.tick(PAUSE_MS - 1);
  finder.write(' soup ');
  mock.timers.tick(PAUSE_MS - 1);
  assert.deepEqual(asked, []);
  assert.equal(finder.state, 'searching');
  mock.timers.tick(1);
  assert.deepEqual(asked.map(({ query }) => query), [{ q: 'soup' }]);
  asked[0].resolve({ results: [found(2)] });
  await settle();
  assert.deepEqual([finder.state, seqs(finder), finder.hasMore], ['found', [2], false]);
}));

test('an older answer never takes the place of a newer one', withClock(async () => {
  const { finder, asked } = begin();
  finder.write('one');
  finder.hurry();
  finder.write('two');
  finder.hurry();
  asked[1].resolve({ results: [found(2)] });
  await settle();
  asked[0].resolve({ results: [found(1)] });
  await settle();
  assert.deepEqual(seqs(finder), [2]);
  finder.write('three');
  finder.hurry();
  finder.write('');
  asked[2].reject(new Error('late'));
  await settle();
  assert.deepEqual([finder.state, seqs(finder), finder.error], ['idle', [], null]);
}));

test('pages follow each other, and a page that fails leaves those before it', withClock(async () => {
  const { finder, asked } = begin();
  finder.write('x');
  finder.hurry();
  asked[0].resolve({ results: [found(9)], cursor: 'a' });
  await settle();
  void finder.more();
  void finder.more();
  assert.deepEqual(asked.map(({ query }) => query), [{ q: 'x' }, { q: 'x', cursor: 'a' }]);
  asked[1].reject(new Error('offline'));
  await settle();
  assert.deepEqual([finder.state, seqs(finder), finder.hasMore, finder.error.message], ['found', [9], true, 'offline']);
  void finder.more();
  assert.equal(finder.error, null);
  asked[2].resolve({ results: [found(8)], reached: '2026-01-02T00:00:00Z' });
  await settle();
  assert.deepEqual([seqs(finder), finder.hasMore, finder.reached], [[9, 8], false, '2026-01-02T00:00:00Z']);
}));

test('a failed search shows nothing of other words, and is tried again', withClock(async () => {
  const { finder, asked } = begin();
  finder.write('one');
  finder.hurry();
  asked[0].resolve({ results: [found(1)], cursor: 'a' });
  await settle();
  finder.write('two');
  finder.hurry();
  assert.deepEqual(seqs(finder), [1]);
  asked[1].reject(new Error('busy'));
  await settle();
  assert.deepEqual([finder.state, seqs(finder), finder.hasMore], ['failed', [], false]);
  finder.hurry();
  asked[2].resolve({ results: [] });
  await settle();
  assert.deepEqual([finder.state, finder.error], ['found', null]);
}));

test('another room is asked at once, and nothing while there are no words', withClock(async () => {
  const { finder, asked } = begin();
  finder.within('tech');
  assert.deepEqual(asked, []);
  finder.write('x');
  finder.hurry();
  finder.within(null);
  finder.within(null);
  assert.deepEqual(asked.map(({ query }) => query), [{ q: 'x', room: 'tech' }, { q: 'x' }]);
}));

test('what is gone is not kept, and a closed search asks nothing', withClock(async () => {
  const { finder, asked } = begin();
  finder.write('x');
  finder.hurry();
  asked[0].resolve({ results: [found(2), found(1, { room: 'tech' })] });
  await settle();
  let told = 0;
  finder.addEventListener('change', () => { told += 1; });
  finder.keep((one) => one.message.room === 'general');
  finder.keep((one) => one.message.room === 'general');
  assert.deepEqual([seqs(finder), told], [[2], 1]);
  finder.write('y');
  finder.close();
  mock.timers.tick(PAUSE_MS);
  assert.equal(asked.length, 1);
}));

test('what was found stands by days, and by rooms in them', () => {
  const days = ['2026-02-02', '2026-02-02', '2026-02-02', '2026-02-01'];
  const rooms = ['general', 'tech', 'general', 'tech'];
  const results = days.map((day, place) => found(9 - place, { room: rooms[place], created_at: `${day}T09:00:00Z` }));
  const shown = grouped(results, (at) => at.slice(0, 10)).map(({ day, rooms: each }) => [day, each.map(({ room, results: list }) => [room, list.map((one) => one.message.seq)])]);
  assert.deepEqual(shown, [['2026-02-02', [['general', [9, 7]], ['tech', [8]]]], ['2026-02-01', [['tech', [6]]]]]);
});

test('a day begins after the last message before it, however often one must look further', async () => {
  const midnight = new Date('2026-02-01T00:00:00Z');
  const answers = [{ results: [], cursor: 'a' }, { results: [found(7)], cursor: 'b' }];
  const asked = [];
  const seq = await seqOfDay((query) => { asked.push(query); return Promise.resolve(answers.shift()); }, 'general', midnight);
  const query = { room: 'general', until: '2026-02-01T00:00:00.000Z', limit: 1 };
  assert.deepEqual([seq, asked], [8, [query, { ...query, cursor: 'a' }]]);
  assert.equal(await seqOfDay(() => Promise.resolve({ results: [] }), 'general', midnight), 1);
});

test('the search has an address beside a room, and so has a message', () => {
  assert.equal(addressOf({ room: 'a b', isSearch: true }), '#/room/a%20b/search');
  assert.equal(addressOf({ room: 'general', seq: 12 }), '#/room/general/12');
  assert.deepEqual(readRoute('#/room/general/search'), { room: 'general', isPeople: false, isSearch: true, seq: undefined });
  assert.deepEqual(readRoute('#/room/general/12'), { room: 'general', isPeople: false, isSearch: false, seq: 12 });
  assert.deepEqual(['#/room/a/search', '#/room/a/people', '#/room/a', '#/'].map((hash) => paneOf(readRoute(hash))), ['search', 'people', 'conversation', 'rooms']);
});
