/** The whole of what is seen: the sign-in while there is no session, the first run, the end; else the page. */
import { confirm } from './confirm.js';
import { element } from './element.js';
import { Ended, farewellWords, quitWords } from './ended.js';
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
    const kind = screenOf(context, shown?.kind);
    const before = shown?.kind;
    if (kind === before) return;
    shown?.close();
    // They belong to what was shown, and would lie over what comes.
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    const screen = makeScreen(kind, context);
    shown = { kind, element: screen.element, close: () => screen.close() };
    context.root.replaceChildren(screen.element);
    screen.focus();
    // What is next, once the chat is set up.
    if (before === 'first_run' && screen instanceof Page) screen.invite();
  };
  followTheme(context, leaving.signal);
  followViewport(leaving.signal);
  context.store.addEventListener('me', follow, { signal: leaving.signal });
  context.host.addEventListener('change', follow, { signal: leaving.signal });
  context.entry.addEventListener('change', follow, { signal: leaving.signal });
  context.entry.addEventListener('change', () => askWho(context), { signal: leaving.signal });
  follow();
  return {
    close() {
      leaving.abort();
      shown?.close();
    },
  };
}

/**
 * @param {import('../types.js').ViewContext} context
 * @param {string | undefined} before what is shown now
 */
function screenOf({ store: { session, farewell }, host: { phase, isExpected }, entry }, before) {
  if (phase === 'ended') return 'ended';
  if (session === 'unknown' || (session === 'none' && entry.phase === 'arriving')) return 'waiting';
  if (session === 'none' && farewell !== null) return 'farewell';
  if (session === 'none') return isExpected ? 'sign_in_of_host' : 'sign_in';
  // Who restores a backup is a stranger to it for a moment, and stays where they are meanwhile.
  if (phase === 'restoring' && before !== undefined) return before;
  // Over an expired session the page asks for a name, and who is on the page already stays there meanwhile.
  if (session === 'expired' || (phase === 'arriving' && before === 'page')) return 'page';
  if (phase === 'setting_up') return 'first_run';
  return phase === 'arriving' ? 'waiting' : 'page';
}

/**
 * @param {string} kind
 * @param {import('../types.js').ViewContext} context
 * @returns {SignIn | Page | Waiting | Ended | FirstRunScreen}
 */
function makeScreen(kind, context) {
  if (kind.startsWith('sign_in')) return new SignIn(context);
  if (kind === 'first_run') return new FirstRunScreen(context);
  if (kind === 'ended') return new Ended(context, quitWords(context.t));
  if (kind === 'farewell' && context.store.farewell) return new Ended(context, farewellWords(context.t, context.store.farewell));
  return kind === 'page' ? new Page(context) : new Waiting(context);
}

/**
 * Anybody can send a link that makes of its reader somebody else: who is signed in is asked.
 * @param {import('../types.js').ViewContext} context
 */
function askWho(context) {
  const { t, entry, store } = context;
  if (entry.phase !== 'asking' || document.querySelector('dialog[open]')) return;
  confirm(context, {
    title: t('entry.title'), text: t('entry.text', { name: store.me?.username ?? '' }), no: t('entry.no'), yes: t('entry.yes'),
    isHarmless: true, run: async () => entry.decide(true), onNo: () => entry.decide(false),
  });
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

  /** There is nothing to press. */
  focus() {}

  close() {
    clearTimeout(this.#timer);
    this.element.remove();
  }
}

/** The first run is seen once in the life of a chat, so it is fetched when it is. */
class FirstRunScreen {
  #context;
  /** @type {{element: HTMLElement, close(): void}} */
  #shown;
  #isClosed = false;

  /** @param {import('../types.js').ViewContext} context */
  constructor(context) {
    this.#context = context;
    this.#shown = new Waiting(context);
    this.element = element('div', {}, this.#shown.element);
    void this.#load();
  }

  /** What is being fetched takes the focus when it is here. */
  focus() {}

  close() {
    this.#isClosed = true;
    this.#shown.close();
    this.element.remove();
  }

  async #load() {
    try {
      const [{ FirstRun }, { default: texts }] = await Promise.all([import('./first-run.js'), import('../../locales/en.json?part=panel')]);
      this.#context.learn(texts);
      if (this.#isClosed) return;
      this.#shown.close();
      const screen = new FirstRun(this.#context);
      this.#shown = screen;
      this.element.replaceChildren(screen.element);
      screen.focus();
    } catch {
      // What a browser could not fetch it does not fetch again for the same page.
      const { t } = this.#context;
      const again = element('button', { type: 'button', class: 'button', onclick: () => location.reload() }, t('host.reload'));
      this.#shown.element.replaceChildren(element('h1', { class: 'visually-hidden' }, t('app.name')), element('p', { role: 'alert' }, t('host.not_loaded')), again);
    }
  }
}
