/**
 * Goes over to another address of the same server: when its own is lost, and from http to https.
 *
 * While there is a connection, the page learns where else the server is reached, and gets a code that carries the session
 * there, once. When the connection is lost, it asks those addresses for the server, and believes one only when it answers
 * a nonce as nobody but this server can. It asks its own address at the same time, and stays when that answers: a server
 * that was only restarted is back everywhere at once. What was typed and not sent goes along in the address.
 */
import { pack } from './lib/parcel.js';
import { Patience } from './lib/patience.js';
import { isLoopback } from './lib/text.js';

/** Milliseconds without a connection after which the other addresses are asked. */
const LOST_MS = 3_000;
/** Everybody comes back to a restarted server at once, and nobody needs the code at once. */
const SPREAD_MS = 2_000;
const DAY_MS = 24 * 3600 * 1000;
/** A code lasts seven days; with fewer left than this another one is asked for. */
const LEAST_LEFT_MS = 6 * DAY_MS;
const CHECK_MS = 3600 * 1000;

/** What a page has that goes along. @typedef {Omit<import('./lib/parcel.js').Parcel, 'from' | 'user_id' | 'history_id' | 'route' | 'left'>} Luggage */

export class Move {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {() => Luggage} needs.gather
   * @param {boolean} needs.isGuest false: a page of another origin, whose operator says where the server is
   * @param {Pick<Location, 'origin' | 'protocol' | 'hostname' | 'port' | 'hash'>} [needs.place]
   * @param {(url: string) => void} [needs.go] leaves this page
   * @param {(task: () => void, delay: number) => unknown} [needs.later] a timer
   * @param {() => number} [needs.now] milliseconds
   * @param {() => number} [needs.random] from 0 to 1
   */
  constructor({
    store, api, gather, isGuest, place = location, go = (url) => location.replace(url),
    later = (task, delay) => setTimeout(task, delay), now = Date.now, random = Math.random,
  }) {
    this._store = store;
    this._api = api;
    this._gather = gather;
    this._place = place;
    this._go = go;
    this._later = later;
    this._now = now;
    this._random = random;
    this._patience = new Patience(later);
    // On the server's own machine its address does not change.
    this._isFixed = !isGuest || isLoopback(place.hostname);
    /** @type {import('./protocol.js').Identity | null} */
    this._identity = null;
    /** @type {import('./protocol.js').Carry | null} */
    this._carry = null;
    /** Where the server was reached, as far as this page knows, the latest last: it may be there again. @type {Set<string>} */
    this._earlier = new Set();
    /** Counts losses of the connection: a search belongs to one. */
    this._losses = 0;
    /** How often all addresses were asked in vain since there was reason to hope. */
    this._vain = 0;
    this._isLost = false;
    this._isLearning = false;
  }

  begin() {
    if (this._isFixed) return;
    this._store.addEventListener('connection', ({ detail }) => this._follow(detail.status));
    this._store.addEventListener('me', ({ detail }) => this._identified(detail.session));
    this._store.addEventListener('identity', () => void this._learn());
    this._watchAge();
    void this._learn();
  }

  /** The page comes from there. @param {string} origin */
  remember(origin) {
    this._earlier.add(origin);
  }

  /** The page was away, or somebody wants to be connected at once: nothing waits any longer. */
  wake() {
    this._vain = 0;
    this._patience.wake();
    if (this._store.secure.state === 'untrusted') void this.lookForSecure();
  }

  /** Goes over to https. */
  goOver() {
    this.moveTo(this._secure);
  }

  /** @param {string} origin */
  moveTo(origin) {
    const { me, historyId } = this._store;
    const { hash, origin: from } = this._place;
    if (me === null || historyId === null) return this._go(`${origin}/${hash}`);
    const parcel = { from, user_id: me.user_id, history_id: historyId, route: hash, left: 0, ...this._gather() };
    return this._go(`${origin}/#/carry/${this._carry?.code ?? '-'}/${pack(parcel)}`);
  }

  /** Whether this device can reach the server over https; where pages shall go over by themselves, this one does. */
  async lookForSecure() {
    const identity = this._identity;
    if (this._isFixed || identity === null) return;
    const state = await this._secureState(identity);
    this._store.apply('secure', { https: identity.https, state });
    if (state === 'trusted' && identity.https === 'redirect') this.goOver();
  }

  /** One port answers both schemes. */
  get _secure() {
    const { hostname, port } = this._place;
    return new URL(`https://${hostname}:${port || 80}`).origin;
  }

  /** @param {import('./protocol.js').Identity} identity */
  async _secureState({ https }) {
    if (this._place.protocol === 'https:') return 'here';
    // No policy of a page can name an address of IPv6: whether it answers cannot be asked.
    if (https === 'off' || this._place.hostname.startsWith('[')) return 'none';
    return await this._isThere(this._secure) ? 'trusted' : 'untrusted';
  }

  /** @param {import('./types.js').Connection['status']} status */
  _follow(status) {
    const isLost = status === 'offline';
    if (isLost === this._isLost) return;
    this._isLost = isLost;
    this._losses += 1;
    const loss = this._losses;
    this._patience.wake();
    if (isLost) this._later(() => void this._search(loss), LOST_MS);
    else if (status === 'online') this._later(() => void this._learn(), this._random() * SPREAD_MS);
  }

  /** @param {import('./types.js').SessionState} session */
  _identified(session) {
    if (session !== 'active') this._carry = null;
    else if (this._carry === null) void this._learn();
  }

  /** Timers of a machine that sleeps come late, so the age is looked at often. */
  _watchAge() {
    this._later(() => {
      const isOld = this._carry === null || this._carry.expires_at - this._now() < LEAST_LEFT_MS;
      if (isOld && this._store.connection.status === 'online') void this._learn();
      this._watchAge();
    }, CHECK_MS);
  }

  /** What cannot be learnt now is asked for at the next connection. */
  async _learn() {
    if (this._isLearning) return;
    this._isLearning = true;
    try {
      for (const origin of this._addresses()) this.remember(origin);
      this._identity = await this._api.identity();
      if (this._store.session === 'active') this._carry = await this._api.carry();
      await this.lookForSecure();
    } catch {
      // The page does without until then.
    } finally {
      this._isLearning = false;
    }
  }

  /** @param {number} loss */
  async _search(loss) {
    this._vain = 0;
    while (loss === this._losses) {
      const found = await this._look();
      if (loss !== this._losses) return;
      if (found !== null) return this.moveTo(found);
      this._vain += 1;
      await this._patience.wait({}, this._vain - 1);
    }
  }

  /** @returns {Promise<string | null>} where the server is now; null: where it was, or nowhere */
  async _look() {
    const others = this._others();
    if (this._carry === null || others.length === 0) return null;
    const [isHere, ...areThere] = await Promise.all([this._place.origin, ...others].map((origin) => this._isThere(origin)));
    return isHere ? null : others.find((_, index) => areThere[index]) ?? null;
  }

  /** Where else to look, the likeliest first. */
  _others() {
    const { origin, protocol } = this._place;
    const known = new Set([...this._addresses(), ...[...this._earlier].reverse()]);
    // An address of IPv6 cannot be asked, and from a page that came by https none of http can.
    return [...known].filter((other) => other !== origin && other.startsWith(protocol) && !other.includes('['));
  }

  /** The server's addresses of this page's scheme as it last told them, the best first. */
  _addresses() {
    const { protocol, port } = this._place;
    if (this._identity === null) return [];
    const { addresses, secure_addresses, local_name } = this._identity;
    const known = [...(protocol === 'https:' ? secure_addresses : addresses)];
    if (local_name) known.push(`${protocol}//${local_name}${port && `:${port}`}`);
    return known.map((address) => new URL(address).origin);
  }

  /**
   * Whether this very server answers there. Without a session there is no nonce: then its certificate has to do.
   * @param {string} origin
   */
  async _isThere(origin) {
    const found = await this._api.identityAt(origin, this._carry?.nonce);
    return found !== null && found.installation_id === this._identity?.installation_id && found.proof === this._carry?.proof;
  }
}
