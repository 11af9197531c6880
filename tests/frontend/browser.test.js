import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api } from '../../frontend/src/api.js';
import { readConfig } from '../../frontend/src/config.js';
import { Drafts } from '../../frontend/src/drafts.js';
import { Claims } from '../../frontend/src/lib/claims.js';
import { KeptValues } from '../../frontend/src/storage.js';
import { FakeStorage } from './people.js';

test('drafts come along into another history', () => {
  const kept = new KeptValues(new FakeStorage());
  let history = null;
  const drafts = new Drafts(kept, () => history);
  history = 'one';
  drafts.enterHistory('one');
  drafts.write('general', 'half a thought');
  history = 'two';
  drafts.enterHistory('two');
  assert.equal(drafts.read('general'), 'half a thought');
  drafts.write('general', '');
  assert.equal(drafts.read('general'), '');
  assert.deepEqual(kept.keys('draft:one'), []);
});

test('a draft begun before the server was reached is not lost', () => {
  const kept = new KeptValues(new FakeStorage());
  let history = null;
  const drafts = new Drafts(kept, () => history);
  drafts.write('general', 'early');
  history = 'one';
  drafts.enterHistory('one');
  assert.equal(drafts.read('general'), 'early');
});

test('without localStorage values live as long as the page', () => {
  const kept = new KeptValues(null);
  kept.set('preference:theme', 'dark');
  assert.equal(kept.get('preference:theme'), 'dark');
  assert.deepEqual(kept.keys('preference:'), ['preference:theme']);
  kept.remove('preference:theme');
  assert.equal(kept.get('preference:theme'), undefined);
});

test('one of two tabs has a claim, and claims of the past are forgotten', async () => {
  const kept = new KeptValues(new FakeStorage());
  const clock = { now: 0 };
  const claims = ['a', 'b'].map((tab) => new Claims({ kept, tab, tryLock: null, now: () => clock.now, pause: async () => undefined }));
  const answers = await Promise.all(claims.map((each) => each.claim('general:1')));
  assert.equal(answers.filter(Boolean).length, 1);
  assert.equal(await claims[1].claim('general:1'), false);
  clock.now = 20_000;
  await claims[0].claim('general:2');
  assert.deepEqual(kept.keys('claim:'), ['claim:general:2']);
});

test('settings have defaults whatever config.js holds', () => {
  const config = readConfig({ SERVER_URL: 'http://10.0.0.2:5000/', APP_SETTINGS: { TYPING_TIMEOUT: 'soon', MAX_MESSAGE_LENGTH: 100 }, UI_SETTINGS: { SHOW_TIMESTAMPS: false } });
  assert.equal(config.serverUrl, 'http://10.0.0.2:5000');
  assert.equal(config.typingTimeout, 3000);
  assert.equal(config.maxMessageLength, 100);
  assert.equal(config.showTimestamps, false);
  assert.equal(readConfig({}).serverUrl, '');
});

test('every failed request is a ChatError', async () => {
  const api = (fetch, token = null) => new Api({ serverUrl: '', token: () => token, fetch });
  const answer = (status, body) => async () => new Response(body, { status });
  const taken = api(answer(409, '{"error": "Username already taken", "code": "taken", "field": "username"}'));
  await assert.rejects(taken.signIn('Ada'), { name: 'ChatError', code: 'taken', field: 'username', message: 'Username already taken' });
  await assert.rejects(api(answer(502, '<html>')).me(), { code: 'offline' });
  await assert.rejects(api(async () => { throw new TypeError('network'); }).me(), { code: 'offline' });
});

test('the token is sent to another origin, and only there the cookie is left out', async () => {
  const seen = [];
  const fetch = async (url, options) => {
    seen.push([url, options.credentials, options.headers.authorization]);
    return new Response('{}');
  };
  await new Api({ serverUrl: 'http://h:1', token: () => 'secret', fetch }).me();
  await new Api({ serverUrl: '', token: () => null, fetch }).messages('general', { after: 3, limit: 2 });
  assert.deepEqual(seen, [['http://h:1/api/me', 'omit', 'Bearer secret'], ['/api/rooms/general/messages?after=3&limit=2', 'same-origin', undefined]]);
});
