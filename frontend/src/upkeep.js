/**
 * What hosts do about what is kept: cleanups and what they took, backups, archives that are read in, and a look at the
 * whole. Fetched with the host's panel; the views make one of `context.server`.
 */
import { toError } from './api.js';
import { offline } from './errors.js';

/** Milliseconds for what the server has to work for: a backup of a large chat. */
const LONG_MS = 600_000;

/** @typedef {import('./upkeep-types.js').Upkeep} UpkeepView */
/** @typedef {import('./upkeep-types.js').Sending} Sending */

/** @implements {UpkeepView} */
export class Upkeep {
  /** @param {import('./types.js').Server} server */
  constructor(server) {
    this._server = server;
  }

  async doctor() {
    return (await this._server.ask('GET', '/api/admin/doctor', undefined, LONG_MS)).findings;
  }

  preview() {
    return this._server.ask('GET', '/api/admin/cleanup', undefined, LONG_MS);
  }

  async cleanUp() {
    return (await this._server.ask('POST', '/api/admin/cleanup', undefined, LONG_MS)).rooms;
  }

  async trims() {
    return (await this._server.ask('GET', '/api/admin/trims')).trims;
  }

  /** @param {string} id */
  bringBack(id) {
    return this._server.ask('DELETE', `/api/admin/trims/${encodeURIComponent(id)}`);
  }

  /**
   * @param {string} room
   * @param {boolean} isHeld
   */
  hold(room, isHeld) {
    return this._server.ask(isHeld ? 'PUT' : 'DELETE', `/api/admin/rooms/${encodeURIComponent(room)}/hold`);
  }

  backups() {
    return this._server.ask('GET', '/api/admin/backups');
  }

  backUp() {
    return this._server.ask('POST', '/api/admin/backups', undefined, LONG_MS);
  }

  /** @param {string} name */
  removeBackup(name) {
    return this._server.ask('DELETE', `/api/admin/backups/${encodeURIComponent(name)}`);
  }

  /**
   * @param {string} name
   * @param {{isUnproven: boolean}} options
   */
  restoreKept(name, { isUnproven }) {
    return this._server.ask('POST', restorePath({ backup: name, unproven: isUnproven }), undefined, LONG_MS);
  }

  /**
   * @param {Blob} file
   * @param {Sending & {isUnproven: boolean}} options
   */
  restore(file, { isUnproven, ...sending }) {
    return this._send(restorePath({ unproven: isUnproven }), file, sending);
  }

  /**
   * @param {Blob} file
   * @param {Sending} sending
   */
  bringIn(file, sending) {
    return this._send('/api/admin/import', file, sending);
  }

  importState() {
    return this._server.ask('GET', '/api/admin/import');
  }

  /**
   * By the older interface, since only that one tells how far an upload is.
   * @param {string} path
   * @param {Blob} file
   * @param {Sending} sending
   * @returns {Promise<any>}
   */
  _send(path, file, { onProgress, signal }) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', this._server.url(path));
      for (const [name, value] of Object.entries(this._server.headers('application/octet-stream'))) request.setRequestHeader(name, value);
      request.responseType = 'json';
      request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
      request.addEventListener('load', () => (request.status < 300 ? resolve(request.response) : reject(toError(request, request.response))));
      for (const event of ['error', 'abort']) request.addEventListener(event, () => reject(offline()));
      signal.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  }
}

/** @param {{backup?: string, unproven: boolean}} query */
function restorePath({ unproven, ...query }) {
  const asked = new URLSearchParams({ ...query, ...(unproven ? { unproven: 'true' } : {}) }).toString();
  return asked === '' ? '/api/admin/restore' : `/api/admin/restore?${asked}`;
}
