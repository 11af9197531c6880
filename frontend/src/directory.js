/** Everybody in this chat, and what moderators and hosts do with them. */

/** @typedef {import('./people-types.js').Somebody} Somebody */
/** @typedef {import('./people-types.js').Directory} DirectoryView */

/** The event `person` tells of somebody as they have become by what was done. @implements {DirectoryView} */
export class Directory extends EventTarget {
  /** @param {{api: import('./api.js').Api}} needs */
  constructor({ api }) {
    super();
    this._api = api;
  }

  /**
   * @param {{q?: string, after?: string, limit?: number}} query
   * @returns {Promise<import('./people-types.js').PeoplePage>}
   */
  find(query) {
    const parts = Object.entries(query).filter(([, value]) => value !== '').map(([key, value]) => [key, String(value)]);
    return this._api.ask('GET', `/api/people?${new URLSearchParams(parts)}`);
  }

  /**
   * @param {string} user_id
   * @param {number} minutes
   */
  mute(user_id, minutes) {
    return this._act('PUT', user_id, 'mute', { minutes });
  }

  /** @param {string} user_id */
  unmute(user_id) {
    return this._act('DELETE', user_id, 'mute');
  }

  /**
   * @param {string} user_id
   * @param {import('./people-types.js').Role} role
   */
  setRole(user_id, role) {
    return this._act('PUT', user_id, 'role', { role });
  }

  /**
   * @param {string} user_id
   * @param {string} username
   */
  rename(user_id, username) {
    return this._act('PUT', user_id, 'name', { username });
  }

  /** @param {string} user_id */
  async signOut(user_id) {
    await this._act('DELETE', user_id, 'sessions');
  }

  /**
   * @param {string} user_id
   * @param {import('./people-types.js').Reach} reach
   */
  ban(user_id, reach) {
    return this._act('PUT', user_id, 'ban', reach);
  }

  /** @param {string} user_id */
  liftBan(user_id) {
    return this._act('DELETE', user_id, 'ban');
  }

  /** @param {string} user_id */
  handBack(user_id) {
    return this._act('POST', user_id, 'return-link');
  }

  /**
   * @param {string} method
   * @param {string} user_id
   * @param {string} what
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async _act(method, user_id, what, body) {
    const answer = await this._api.ask(method, `/api/people/${encodeURIComponent(user_id)}/${what}`, body);
    if (answer?.user_id === user_id) this.dispatchEvent(new CustomEvent('person', { detail: answer }));
    return answer;
  }
}
