import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../../frontend/locales/en.json' with { type: 'json' };
import { SYSTEMS, systemOf } from '../../frontend/src/lib/system.js';

const AGENTS = {
  windows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  macos: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
  ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  android: 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
  chromeos: 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  linux: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};

test('each system is known by what its browsers say', () => {
  for (const [system, agent] of Object.entries(AGENTS)) assert.equal(systemOf(agent, 0), system);
  assert.equal(systemOf(AGENTS.macos, 5), 'ios', 'an iPad');
  assert.equal(systemOf('', 0), 'linux');
});

test('there are steps for every system, numbered without a gap', () => {
  assert.deepEqual([...SYSTEMS].sort(), Object.keys(AGENTS).sort());
  for (const system of SYSTEMS) {
    const { title, ...steps } = english.trust[system];
    assert.ok(title);
    assert.deepEqual(Object.keys(steps), Object.keys(steps).map((_, index) => String(index + 1)));
    assert.ok(Object.keys(steps).length >= 3);
  }
});
