/**
 * Whatever happens on the way, the view of a client equals the server's state once it has caught up. A model of the
 * server and a network that loses, repeats, reorders, delays and cuts, driven by seeded chance, against the real store
 * and the real fetching. A failure names its seed: `CATCH_UP_SEED=<seed> node --test catch-up.test.js` runs that one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offline } from '../../frontend/src/errors.js';
import { History } from '../../frontend/src/history.js';
import { Store } from '../../frontend/src/store.js';
import { HISTORY, ada, entry, lin, message } from './people.js';

const SEEDS = process.env.CATCH_UP_SEED ? [Number(process.env.CATCH_UP_SEED)] : Array.from({ length: 300 }, (_, index) => index + 1);
const STEPS = 250;
const ROOMS = ['general', 'tech'];
/** Small, so that answers come in parts and laggards have to begin anew. */
const ANSWER = 6;
const MOST_CHANGES = 40;

/** mulberry32: small, and good enough to choose from. */
function chance(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (end) => Math.floor(next() * end),
    is: (probability) => next() < probability,
    of: (list) => list[Math.floor(next() * list.length)],
  };
}

/** A room as the server has it. */
class ServerRoom {
  constructor(id, count) {
    this.id = id;
    this.rev = count;
    this.first_seq = 1;
    this.trimmed_rev = 0;
    this.messages = Array.from({ length: count }, (_, index) => message(index + 1, { room: id }));
  }

  get last_seq() { return this.first_seq + this.messages.length - 1; }

  /** Each of these returns the event it makes. */
  send(author, rest = {}) {
    this.rev += 1;
    const sent = message(this.last_seq + 1, { room: this.id, author, rev: this.rev, ...rest });
    this.messages.push(sent);
    return ['new_message', sent];
  }

  change(index, what) {
    this.rev += 1;
    const changed = { ...this.messages[index], ...what(this.messages[index]), rev: this.rev };
    this.messages[index] = changed;
    return ['message_changed', changed];
  }

  trim(count) {
    this.rev += 1;
    this.trimmed_rev = this.rev;
    this.messages.splice(0, count);
    this.first_seq += count;
    return ['history_trimmed', { room: this.id, rev: this.rev, before_seq: this.first_seq }];
  }

  joined() {
    return {
      room: this.id, room_name: this.id, topic: '', messages: this.messages.slice(-5), users: ['Ada'], user_count: 1, rev: this.rev,
      first_seq: this.first_seq, last_seq: this.last_seq, read_seq: 0, mention_count: 0, has_more: true, history_id: HISTORY,
    };
  }

  sync(since) {
    const { rev } = this;
    if (since < this.trimmed_rev || rev - since > MOST_CHANGES || since > rev) return { rev, messages: [], reset: true };
    const changed = this.messages.filter((each) => each.rev > since).sort((one, other) => one.rev - other.rev);
    if (changed.length <= ANSWER) return { rev, messages: changed };
    return { rev: changed[ANSWER - 1].rev, messages: changed.slice(0, ANSWER), more: true };
  }

  page({ before, after, around, limit }) {
    const of = (test) => this.messages.filter(test);
    let page = before !== undefined ? of((each) => each.seq < before).slice(-limit) : this.messages.slice(-limit);
    if (after !== undefined) page = of((each) => each.seq > after).slice(0, limit);
    if (around !== undefined) page = [...of((each) => each.seq < around).slice(-limit / 2), ...of((each) => each.seq >= around).slice(0, limit / 2)];
    const [oldest, newest] = [page[0]?.seq ?? this.last_seq + 1, page.at(-1)?.seq ?? this.last_seq];
    return { messages: page, has_more_before: oldest > this.first_seq, has_more_after: newest < this.last_seq };
  }
}

/** The server, and a network between it and one client whose every move is a step of the test's. */
class World {
  constructor(seed) {
    this.random = chance(seed);
    this.rooms = Object.fromEntries(ROOMS.map((id) => [id, new ServerRoom(id, this.random.of([0, 3, 60, 700]))]));
    this.isConnected = false;
    this.isWell = false;
    this.present = null;
    /** What waits to happen: requests to be answered, events to be heard, timers. */
    this.waiting = [];
    this.sent = 0;
    this.store = new Store({ limits: { max_message_length: 4000, typing_timeout: 3000 } });
    this.history = new History({
      store: this.store, socket: this, api: this, later: (task) => this.waiting.push({ run: task }),
      onExpired: () => assert.fail('nobody expires here'),
    });
    this.store.apply('username_set', { ...ada, role: 'member', history_id: HISTORY, limits: this.store.limits });
    this.store.apply('rooms_list', Object.fromEntries(ROOMS.map((id) => [id, entry(id, this.rooms[id].last_seq)])));
  }

  /** The socket's side. */
  request(event, payload) {
    if (!this.isConnected) return Promise.reject(offline());
    return new Promise((resolve, reject) => {
      this.waiting.push({ isRequest: true, fail: () => reject(offline()), run: () => this.answer(event, payload, resolve, reject) });
    });
  }

  /** Done by the server now; its answer is on the way for a while. */
  answer(event, payload, resolve, reject) {
    let answer = { history_id: HISTORY, rooms: {} };
    if (event === 'join_room') {
      this.present = payload.room;
      answer = this.rooms[payload.room].joined();
    } else {
      for (const [id, since] of Object.entries(payload.rooms)) answer.rooms[id] = this.rooms[id].sync(since);
    }
    this.tell(() => {
      if (event === 'join_room') this.hear('joined_room', answer);
      resolve(answer);
    }, () => reject(offline()));
  }

  /** The interface's side: it works without a connection too. */
  messages(room, where) {
    // Much happens while a page is on its way: that is where a view goes wrong.
    for (let times = this.random.below(6); times > 0; times -= 1) this.waiting.push({ run: () => this.happen() });
    return new Promise((resolve, reject) => {
      this.waiting.push({
        fail: () => undefined,
        run: () => {
          if (this.random.is(0.1)) return reject(offline());
          const page = this.rooms[room].page({ ...where, limit: Math.min(where.limit, this.random.of([4, 20, 150])) });
          this.waiting.push({ run: () => resolve(page) });
          return undefined;
        },
      });
    });
  }

  /** Something for the client's connection; lost with it. */
  tell(run, fail) {
    this.waiting.push({ isTold: true, run, fail });
  }

  hear(event, payload) {
    this.store.apply(event, payload);
    this.history.check();
  }

  connect() {
    this.isConnected = true;
    this.store.apply('connection', { status: 'online' });
    void this.history.enter();
  }

  disconnect() {
    this.isConnected = false;
    this.present = null;
    const lost = this.waiting.filter((each) => each.isTold || each.isRequest);
    this.waiting = this.waiting.filter((each) => !lost.includes(each));
    for (const each of lost) each.fail?.();
    this.store.apply('connection', { status: 'offline' });
    this.history.disconnected();
  }

  /** Others do something; who is present hears of it, if the network is not bad. */
  happen() {
    const room = this.rooms[this.random.of(ROOMS)];
    const { random } = this;
    const place = this.placeIn(room);
    const changes = [
      () => room.send(random.of([ada, lin]), random.is(0.3) ? { mentions: ['1'] } : {}),
      () => room.change(place, (old) => (old.deleted ? {} : { message: `edited at ${room.rev}` })),
      () => room.change(place, () => ({ message: '', deleted: true })),
      () => room.change(place, (old) => (old.deleted ? {} : { reactions: { '👍': [String(random.below(9))] } })),
    ];
    const isEmpty = room.messages.length === 0;
    const event = random.is(0.01) && !isEmpty ? room.trim(1 + random.below(Math.min(20, room.messages.length))) : (isEmpty ? changes[0] : random.of(changes))();
    if (this.present !== room.id || (!this.isWell && random.is(0.1))) return;
    for (let times = random.is(0.1) ? 2 : 1; times > 0; times -= 1) this.tell(() => this.hear(...event));
  }

  /** Where something is changed: at the end, at an edge of what the client has, or anywhere. */
  placeIn(room) {
    const { random } = this;
    const known = this.store.room(room.id);
    const edges = [room.last_seq, known?.messages[0]?.seq ?? 1, known?.end ?? 1, 1 + random.below(room.last_seq)];
    const seq = random.of(edges) + 6 - random.below(12);
    return Math.max(0, Math.min(room.messages.length - 1, seq - room.first_seq));
  }

  /** The person does something. */
  act() {
    const { history, store, random } = this;
    const acts = [
      () => { store.apply('opened', { room: random.of([...ROOMS, null]) }); return history.enter(); },
      () => history.loadOlder(), () => history.loadOlder(), () => history.loadNewer(), () => history.loadLatest(),
      () => history.jumpTo(1 + random.below(this.rooms.general.last_seq + 1)),
      () => history.suspect(),
      () => store.current && store.apply('read', { room: store.current, seq: random.below(store.room(store.current).last_seq + 1) }),
      () => this.isConnected && this.send(),
    ];
    void random.of(acts)();
  }

  /** Ada writes; the ack comes before the event, and before what others have just done. */
  send() {
    const room = this.store.current;
    if (room === null) return;
    this.sent += 1;
    const client_id = `c${this.sent}`;
    const [event, stored] = this.rooms[room].send(ada, { client_id });
    const told = { isTold: true, run: () => { this.store.apply('saved', { client_id, message: stored }); this.history.check(); } };
    this.waiting.unshift(told);
    if (this.present === room) this.tell(() => this.hear(event, stored));
  }

  async step() {
    const { random } = this;
    const choice = random.below(100);
    if (choice < 3) this.disconnect();
    else if (choice < 8 && !this.isConnected) this.connect();
    else if (choice < 40) this.happen();
    else if (choice < 50) this.act();
    else this.deliver();
    await settle();
  }

  /** One of the next things that wait, mostly in order. */
  deliver() {
    const place = this.random.is(0.2) ? this.random.below(Math.min(4, this.waiting.length)) : 0;
    this.waiting.splice(place, 1)[0]?.run();
  }

  /** The network is well again, and everything that waits happens. */
  async end() {
    this.isWell = true;
    this.disconnect();
    this.connect();
    await settle();
    for (let turn = 0; this.waiting.length > 0; turn += 1) {
      assert.ok(turn < 5000, 'it never ends');
      this.waiting.shift().run();
      await settle();
    }
  }
}

/** Lets promises that are ready run. */
function settle() {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** What the client shows of a room, against the server's. */
function compare(world, id) {
  const room = world.store.room(id);
  const shown = room.messages;
  assert.equal(room.loaded, true, 'loaded');
  assert.equal(room.isBehind, false, 'up to date');
  const first = shown[0]?.seq ?? 0;
  const there = world.rooms[id].messages.filter((each) => each.seq >= first && each.seq <= room.end);
  assert.deepEqual(shown, shown.length === 0 ? [] : there, 'the same messages');
  assert.equal(room.last_seq, world.rooms[id].last_seq, 'the newest place');
  if (room.following) assert.equal(room.end, world.rooms[id].last_seq, 'a followed window reaches the end');
  assert.ok(shown.length <= 600, 'the window is bounded');
  assert.equal(room.window.aside.size, 0, 'nothing is left aside');
}

/** Much happens, then all is well: the views of both rooms are what the server has. */
async function live(seed) {
  const world = new World(seed);
  world.store.apply('opened', { room: 'general' });
  world.connect();
  for (let step = 0; step < STEPS; step += 1) await world.step();
  await world.end();
  for (const id of ROOMS) {
    world.store.apply('opened', { room: id });
    void world.history.enter();
    await world.end();
    compare(world, id);
    assert.equal(world.store.connection.caughtUp, true, 'caught up');
  }
}

test("the view equals the server's state after any mishap", async () => {
  for (const seed of SEEDS) {
    await live(seed).catch((error) => { throw new Error(`with seed ${seed}: ${error.message}`, { cause: error }); });
  }
});
