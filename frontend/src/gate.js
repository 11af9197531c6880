/** The host's view of who comes in and who does not, and of what was done about it. */

/** Entries of the audit log fetched at a time. */
const PAGE = 50;

/** @typedef {import('./people-types.js').Gate} GateView */

/** @implements {GateView} */
export class Gate {
  /** @param {{api: import('./api.js').Api}} needs */
  constructor({ api }) {
    this._api = api;
  }

  async bans() {
    return (await this._api.ask('GET', '/api/admin/bans')).bans;
  }

  /** @param {string} id */
  removeBan(id) {
    return this._api.ask('DELETE', `/api/admin/bans/${encodeURIComponent(id)}`);
  }

  async invitations() {
    return (await this._api.ask('GET', '/api/admin/invitations')).invitations;
  }

  /** @param {{role?: import('./people-types.js').Role, uses?: number, days?: number}} options */
  invite(options) {
    return this._api.ask('POST', '/api/admin/invitations', options);
  }

  /** @param {string} id */
  removeInvitation(id) {
    return this._api.ask('DELETE', `/api/admin/invitations/${encodeURIComponent(id)}`);
  }

  /**
   * A page of the log, the newest entry first.
   * @param {string} [before] id of the oldest entry that is known
   */
  audit(before) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(before === undefined ? {} : { before }) });
    return this._api.ask('GET', `/api/admin/audit?${query}`);
  }

  /** @param {'csv' | 'ndjson'} format */
  auditUrl(format) {
    return this._api.url(`/api/admin/audit/export?format=${format}`);
  }

  archiveUrl() {
    return this._api.url('/api/export');
  }
}
