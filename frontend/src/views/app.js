/** The whole of what is seen: the sign-in while there is no session, else the page. */
import { element } from './element.js';
import { Page } from './page.js';
import { SignIn } from './sign-in.js';
import { followTheme } from './theme.js';
import { followViewport } from './viewport.js';

/** Milliseconds of silence from the server before the first screen says so. */
const PATIENCE = 1000;

/**
 * Puts the app into `context.root` and keeps it in step with the store.
 * @param {import('../types.js').ViewContext} context
 * @returns {{close(): void}}
 */
export function mountApp(context) {
  const leaving = new AbortController();
  /** @type {{kind: string, element: HTMLElement, close(): void} | null} */
  let shown = null;
  const follow = () => {
    const kind = screenOf(context.store.session);
    if (kind === shown?.kind) return;
    shown?.close();
    const screen = makeScreen(kind, context);
    shown = { kind, element: screen.element, close: () => screen.close() };
    context.root.replaceChildren(screen.element);
    if (!(screen instanceof Waiting)) screen.focus();
  };
  followTheme(context, leaving.signal);
  followViewport(leaving.signal);
  context.store.addEventListener('me', follow, { signal: leaving.signal });
  follow();
  return {
    close() {
      leaving.abort();
      shown?.close();
    },
  };
}

/** @param {import('../types.js').SessionState} session */
function screenOf(session) {
  if (session === 'unknown') return 'waiting';
  return session === 'none' ? 'sign_in' : 'page';
}

/**
 * @param {string} kind
 * @param {import('../types.js').ViewContext} context
 * @returns {SignIn | Page | Waiting}
 */
function makeScreen(kind, context) {
  if (kind === 'sign_in') return new SignIn(context);
  return kind === 'page' ? new Page(context) : new Waiting(context);
}

/** Nothing at first, for the answer comes at once as a rule; then words. */
class Waiting {
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;

  /** @param {import('../types.js').ViewContext} context */
  constructor({ t }) {
    const words = element('p', { class: 'quiet', role: 'status' });
    this.element = element('main', { class: 'sign-in' }, element('h1', { class: 'visually-hidden' }, t('app.name')), words);
    this.#timer = setTimeout(() => { words.textContent = t('app.offline_start'); }, PATIENCE);
  }

  close() {
    clearTimeout(this.#timer);
    this.element.remove();
  }
}
