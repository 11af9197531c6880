/**
 * Browser features that need care: most exist only in a secure context, and on a local network the page comes over
 * plain http. This is the one module that touches them.
 */

/** @returns {string} 22 printable characters, unique without a server: 128 random bits. Works on plain http. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Puts text on the clipboard: by the clipboard interface where there is one, else by a hidden field and the old command.
 * @param {string} text
 * @returns {Promise<boolean>} false when the browser refused
 */
export async function copyText(text) {
  try {
    if (globalThis.isSecureContext && navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused by a policy or for want of focus: the old way may still do.
  }
  return copyByCommand(text);
}

/** @param {string} text */
function copyByCommand(text) {
  const field = document.createElement('textarea');
  const focused = document.activeElement;
  field.value = text;
  field.setAttribute('readonly', '');
  field.className = 'visually-hidden';
  // A modal dialog makes everything outside it inert, so the field has to stand inside.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

/** Whether system notifications can exist here at all. */
export const canNotify = Boolean(globalThis.isSecureContext && 'Notification' in globalThis);

/** @returns {boolean} whether they may be shown now */
export function mayNotify() {
  return canNotify && Notification.permission === 'granted';
}

/**
 * Asks the person. Only to be called from a click.
 * @returns {Promise<'granted' | 'denied' | 'unavailable'>}
 */
export async function askToNotify() {
  if (!canNotify) return 'unavailable';
  const answer = await Notification.requestPermission();
  return answer === 'granted' ? 'granted' : 'denied';
}

const WORKER = '/worker.js';

/**
 * What makes the address of a script in browsers that take none from text (Trusted Types). The policy of the page allows
 * this maker alone, and it knows one address.
 * @typedef {{createScriptURL: (address: string) => string}} Maker
 * @typedef {{trustedTypes?: {createPolicy: (name: string, maker: Maker) => Maker}}} Trusting
 */
const addresses = /** @type {Trusting} */ (globalThis).trustedTypes?.createPolicy('chatapp', { createScriptURL: () => WORKER });

const workers = globalThis.isSecureContext ? globalThis.navigator?.serviceWorker : undefined;
/** @type {Promise<ServiceWorkerRegistration | null> | undefined} */
let registered;

/**
 * The service worker, which is fetched at the first call and runs then.
 * @returns {Promise<ServiceWorkerRegistration | null>} null where there is none
 */
export function startWorker() {
  registered ??= workers ? workers.register(addresses?.createScriptURL(WORKER) ?? WORKER).then(() => workers.ready).catch(() => null) : Promise.resolve(null);
  return registered;
}

/**
 * Hears of clicks on notifications that the worker has shown, for this page or another one.
 * @param {(room: string) => void} openRoom
 */
export function hearClicks(openRoom) {
  workers?.addEventListener('message', ({ data }) => { if (typeof data?.open === 'string') openRoom(data.open); });
}

/**
 * Shows a system notification; one with the same tag is replaced. A click on it leads to the room: by the worker, which
 * `hearClicks` listens to, or by this page where there is none. Android knows the constructor but forbids it; then
 * nothing is shown.
 * @param {{title: string, body: string, tag: string, room: string, openRoom: (room: string) => void}} what
 * @returns {Promise<boolean>} whether it was shown
 */
export async function showNotification({ title, body, tag, room, openRoom }) {
  if (!mayNotify()) return false;
  const worker = await startWorker();
  try {
    if (worker) await worker.showNotification(title, { body, tag, data: { room } });
    else showByPage({ title, body, tag, onclick: () => openRoom(room) });
    return true;
  } catch {
    return false;
  }
}

/** @param {{title: string, body: string, tag: string, onclick: () => void}} what */
function showByPage({ title, body, tag, onclick }) {
  const shown = new Notification(title, { body, tag });
  shown.addEventListener('click', () => {
    window.focus();
    shown.close();
    onclick();
  });
}

/** Whether tabs can agree by locks; a secure context is needed. */
export const canLock = Boolean(globalThis.isSecureContext && globalThis.navigator?.locks);

/**
 * Runs `task` while holding a lock that one tab of this browser can hold at a time, if it is free.
 * @param {string} name
 * @param {() => Promise<void>} task the lock is held until it settles
 * @returns {Promise<boolean>} whether it was free; known before the task ends
 */
export function tryLock(name, task) {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? task() : undefined;
    });
  });
}
