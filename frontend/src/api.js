/** Talks to the server by REST. Every failure is a ChatError. */
import { ChatError, offline } from './errors.js';

/** Milliseconds until a request counts as lost. */
const TIMEOUT_MS = 15_000;
/** The same at an address where the server may be. */
const ELSEWHERE_MS = 3_000;

export class Api {
  /**
   * @param {object} needs
   * @param {string} needs.serverUrl '' on our own origin, where the cookie speaks for us
   * @param {() => string | null} needs.token for another origin
   * @param {typeof globalThis.fetch} [needs.fetch]
   */
  constructor({ serverUrl, token, fetch = globalThis.fetch.bind(globalThis) }) {
    this._serverUrl = serverUrl;
    this._token = token;
    this._fetch = fetch;
  }

  /** @returns {Promise<import('./protocol.js').Me>} rejects with `not_identified` without a session */
  me() {
    return this._request('GET', '/api/me');
  }

  /**
   * @param {import('./people-types.js').Credentials} credentials
   * @returns {Promise<import('./protocol.js').Session>}
   */
  signIn(credentials) {
    return this._request('POST', '/api/session', credentials);
  }

  /** @returns {Promise<import('./protocol.js').Carry>} what carries this session to another address of the server */
  carry() {
    return this._request('POST', '/api/session/carry');
  }

  /**
   * @param {string} code that another address of the server gave
   * @returns {Promise<import('./protocol.js').Session>} rejects with `not_found` when it is no good (any more)
   */
  arrive(code) {
    return this._request('POST', '/api/session/arrive', { code });
  }

  /** @returns {Promise<unknown>} */
  signOut() {
    return this._request('DELETE', '/api/session');
  }

  /**
   * One page of a room's history.
   * @param {string} room
   * @param {{before?: number, after?: number, around?: number, limit?: number}} [where] by `seq`, exclusive; one of the three
   * @returns {Promise<import('./protocol.js').MessagePage>}
   */
  messages(room, where = {}) {
    const query = new URLSearchParams(Object.entries(where).map(([key, value]) => [key, String(value)]));
    return this._request('GET', `/api/rooms/${encodeURIComponent(room)}/messages?${query}`);
  }

  /**
   * @param {string} room
   * @returns {Promise<import('./protocol.js').RoomPeople>}
   */
  people(room) {
    return this._request('GET', `/api/rooms/${encodeURIComponent(room)}/users`);
  }

  /**
   * Who belongs to a room, by id.
   * @param {string} room
   * @param {{limit: number, after?: string}} page
   * @returns {Promise<import('./protocol.js').Members>}
   */
  members(room, page) {
    const query = new URLSearchParams(Object.entries(page).map(([key, value]) => [key, String(value)]));
    return this._request('GET', `/api/rooms/${encodeURIComponent(room)}/members?${query}`);
  }

  /**
   * @param {string} id
   * @returns {Promise<import('./protocol.js').Message>} rejects with `not_found`
   */
  message(id) {
    return this._request('GET', `/api/messages/${id}`);
  }

  /**
   * What a message said before, oldest first.
   * @param {string} id
   * @returns {Promise<import('./protocol.js').Edits>}
   */
  edits(id) {
    return this._request('GET', `/api/messages/${id}/edits`);
  }

  /**
   * Deletes a message even while the page is going away.
   * @param {string} id
   * @returns {Promise<unknown>}
   */
  removeInLeaving(id) {
    return this._request('DELETE', `/api/messages/${id}`, undefined, { keepalive: true });
  }

  /**
   * People whose name begins so, or who have these ids (100 at most).
   * @param {{q: string, limit: number} | {ids: string}} which
   * @returns {Promise<{users: import('./protocol.js').Person[]}>}
   */
  findPeople(which) {
    return this._request('GET', `/api/users?${new URLSearchParams(Object.entries(which).map(([key, value]) => [key, String(value)]))}`);
  }

  /** @returns {Promise<import('./protocol.js').Identity>} */
  identity() {
    return this._request('GET', '/api/identity');
  }

  /**
   * Who answers at another address.
   * @param {string} origin
   * @param {string} [nonce] that it shall prove to be this server with
   * @returns {Promise<import('./protocol.js').Identity | null>} null: nobody there, or nobody who lets this page ask
   */
  async identityAt(origin, nonce) {
    const canceller = new AbortController();
    const timer = setTimeout(() => canceller.abort(), ELSEWHERE_MS);
    try {
      const query = nonce === undefined ? '' : `?nonce=${nonce}`;
      const response = await this._fetch(`${origin}/api/identity${query}`, {
        credentials: 'omit', cache: 'no-store', redirect: 'error', signal: canceller.signal,
      });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Makes the asking person the host.
   * @param {string} code of a link
   * @returns {Promise<import('./protocol.js').Me>} rejects with `not_found` when the code is no good any more
   */
  claimHost(code) {
    return this._request('POST', '/api/host', { code });
  }

  /** @returns {Promise<import('./types.js').Overview>} rejects with `not_found` for all but a host, as everything of `admin` does */
  overview() {
    return this._request('GET', '/api/admin/overview');
  }

  /**
   * @param {import('./types.js').Choice} choice
   * @returns {Promise<import('./types.js').Overview>}
   */
  choose(choice) {
    return this._request('PATCH', '/api/admin/choices', choice);
  }

  /** @returns {Promise<import('./types.js').Overview>} with other words to come in by */
  newPhrase() {
    return this._request('POST', '/api/admin/phrase');
  }

  /** @returns {Promise<unknown>} the program ends */
  quit() {
    return this._request('POST', '/api/admin/quit');
  }

  /**
   * For what has a module of its own (account.js, directory.js, gate.js, upkeep.js).
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {number} [timeout] milliseconds
   * @returns {Promise<any>} the answer; null where there is none
   */
  ask(method, path, body, timeout) {
    return this._request(method, path, body, timeout === undefined ? {} : { timeout });
  }

  /**
   * The same for what is answered as text.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async text(method, path, body) {
    const response = await this._send(method, path, body);
    if (response.ok) return response.text();
    throw toError(response, await response.json().catch(() => null));
  }

  /** @param {string} path with its query */
  url(path) {
    return this._serverUrl + path;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {RequestInit & {timeout?: number}} [options] `timeout` in milliseconds
   * @returns {Promise<any>}
   */
  async _request(method, path, body, options) {
    const response = await this._send(method, path, body, options);
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw toError(response, answer);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {RequestInit & {timeout?: number}} [options]
   */
  async _send(method, path, body, { timeout = TIMEOUT_MS, ...options } = {}) {
    const canceller = new AbortController();
    const timer = setTimeout(() => canceller.abort(), timeout);
    try {
      return await this._fetch(this.url(path), {
        ...options,
        method,
        headers: this.headers(body === undefined ? undefined : 'application/json'),
        signal: canceller.signal,
        credentials: this._serverUrl ? 'omit' : 'same-origin',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw offline();
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string | undefined} type of the body */
  headers(type) {
    const token = this._token();
    return {
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(type === undefined ? {} : { 'content-type': type }),
    };
  }
}

/**
 * @param {{status: number, statusText: string}} response
 * @param {{error?: string, code?: import('./protocol.js').ErrorCode, field?: string, retry_after?: number} | null} answer
 */
export function toError(response, answer) {
  // A proxy in between, or a server that is just stopping, answers in its own words.
  if (!answer?.code) return response.status >= 500 ? offline() : new ChatError({ code: 'internal', message: response.statusText });
  const { code, error = code, field, retry_after } = answer;
  return new ChatError({ code, message: error, ...(field === undefined ? {} : { field }), ...(retry_after === undefined ? {} : { retry_after }) });
}
