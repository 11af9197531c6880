/** What one does with one's own account: password, devices, links for others of one's own and for guests. */

/** @typedef {import('./people-types.js').Account} AccountView */

/** @implements {AccountView} */
export class Account {
  /** @param {{api: import('./api.js').Api}} needs */
  constructor({ api }) {
    this._api = api;
  }

  /** @returns {Promise<import('./protocol.js').Me>} */
  look() {
    return this._api.ask('GET', '/api/me');
  }

  /**
   * @param {string} password
   * @param {string} [current]
   */
  setPassword(password, current) {
    return this._api.ask('PUT', '/api/me/password', current === undefined ? { password } : { password, current });
  }

  /** @param {string} current */
  removePassword(current) {
    return this._api.ask('DELETE', '/api/me/password', { current });
  }

  async devices() {
    return (await this._api.ask('GET', '/api/me/sessions')).sessions;
  }

  /** @param {string} id */
  signOutDevice(id) {
    return this._api.ask('DELETE', `/api/me/sessions/${encodeURIComponent(id)}`);
  }

  signOutOthers() {
    return this._api.ask('DELETE', '/api/me/sessions');
  }

  /** @returns {Promise<import('./protocol.js').DeviceLink>} */
  deviceLink() {
    return this._api.ask('POST', '/api/me/device-link');
  }

  /** @returns {Promise<import('./protocol.js').Invite>} */
  invite() {
    return this._api.ask('GET', '/api/invite');
  }

  /**
   * Asked for by POST, so that no code ever stands in an address that somebody logs; and so it comes as text.
   * @param {string} address
   */
  async picture(address) {
    return `data:image/svg+xml,${encodeURIComponent(await this._api.text('POST', '/api/qr', { address }))}`;
  }
}
