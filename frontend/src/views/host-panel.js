/** What only a host sees: one dialog with a tab for each matter. A part is made when it is first looked at. */
import { ChatForm } from './chat-form.js';
import { Dialog } from './dialog.js';
import { element, freshId, setText } from './element.js';
import { errorWords } from './error-words.js';
import { archiveSection } from './host-archive.js';
import { HostAudit } from './host-audit.js';
import { HostBackups } from './host-backups.js';
import { HostDoctor } from './host-doctor.js';
import { HostHistory } from './host-history.js';
import { HostInvite } from './host-invite.js';
import { HostPeople } from './host-people.js';
import { HostQuit } from './host-quit.js';
import { HostSecurity } from './host-security.js';
import { HostWays } from './host-ways.js';
import { Import } from './import.js';
import { formatBytes } from '../lib/size.js';
import { Upkeep } from '../upkeep.js';

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('./context.js').HostContext} HostContext */
/** @typedef {import('./context.js').View} View */

/** @type {[string, (context: HostContext) => View][]} */
const PARTS = [
  ['invite', (context) => new HostInvite(context)],
  ['people', (context) => new HostPeople(context)],
  ['ways', (context) => new HostWays(context)],
  ['chat', (context) => new HostChat(context)],
  ['security', (context) => new HostSecurity(context)],
  ['history', (context) => new HostHistory(context)],
  ['backups', (context) => new HostBackups(context)],
  ['doctor', (context) => new HostDoctor(context)],
  ['audit', (context) => new HostAudit(context)],
  ['quit', (context) => new HostQuit(context)],
];
const STEPS = new Map([['ArrowDown', 1], ['ArrowRight', 1], ['ArrowUp', -1], ['ArrowLeft', -1]]);

/**
 * @param {PageContext} context
 * @param {string} [part] the key of a tab
 */
export function openHostPanel(context, part) {
  if (document.querySelector('dialog[open]')) return;
  const panel = new HostPanel(context, part);
  new Dialog(context, { title: context.t('host.title'), class: 'host', onClose: () => panel.close() }, panel.element);
  void panel.begin();
}

class HostPanel {
  /** @type {HostContext} */
  #context;
  #panel;
  /** @type {Map<string, HTMLButtonElement>} */
  #tabs = new Map();
  /** @type {Map<string, View>} */
  #views = new Map();
  #chosen;
  #isClosed = false;

  /**
   * @param {PageContext} context
   * @param {string} [part]
   */
  constructor(context, part = 'invite') {
    const { t } = context;
    this.#context = { ...context, upkeep: new Upkeep(context.server) };
    this.#chosen = part;
    this.#panel = element('div', { class: 'host__panel', role: 'tabpanel', id: freshId('host'), tabindex: 0 }, element('p', { class: 'quiet' }, t('host.loading')));
    for (const [key] of PARTS) this.#tabs.set(key, this.#tab(key));
    const list = element('div', { class: 'host__tabs', role: 'tablist', 'aria-label': t('host.title') }, ...this.#tabs.values());
    this.element = element('div', { class: 'host__parts' }, list, this.#panel);
  }

  close() {
    this.#isClosed = true;
    for (const view of this.#views.values()) view.close();
    this.element.remove();
  }

  /** Asks for what there is to know, then shows the first part. */
  async begin() {
    const { host } = this.#context;
    this.#show(this.#chosen);
    this.#tabs.get(this.#chosen)?.focus();
    try {
      if (host.overview !== null) return;
      await host.look();
      if (!this.#isClosed) this.#show(this.#chosen);
    } catch (error) {
      if (!this.#isClosed) this.#panel.replaceChildren(element('p', { role: 'alert' }, errorWords(this.#context, error)));
    }
  }

  /** @param {string} key */
  #tab(key) {
    return element('button', {
      type: 'button', class: 'host__tab', role: 'tab', id: freshId('tab'), 'aria-controls': this.#panel.id, 'aria-selected': 'false',
      tabindex: -1, onclick: () => this.#show(key), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event, key),
    }, this.#context.t(`host.tab_${key}`));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} key
   */
  #onKey(event, key) {
    const keys = [...this.#tabs.keys()];
    const step = STEPS.get(event.key);
    const isMirrored = document.documentElement.dir === 'rtl' && event.key.startsWith('Arrow') && !/Up|Down/.test(event.key);
    const ends = new Map([['Home', 0], ['End', keys.length - 1]]);
    const to = step === undefined ? ends.get(event.key) : (keys.indexOf(key) + (isMirrored ? -step : step) + keys.length) % keys.length;
    if (to === undefined) return;
    event.preventDefault();
    this.#show(String(keys[to]));
    this.#tabs.get(String(keys[to]))?.focus();
  }

  /** What is chosen before there is anything to show is shown then. @param {string} key */
  #show(key) {
    this.#chosen = key;
    for (const [name, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(name === key));
      tab.tabIndex = name === key ? 0 : -1;
    }
    this.#panel.setAttribute('aria-labelledby', this.#tabs.get(key)?.id ?? '');
    if (this.#context.host.overview === null) return;
    const view = this.#views.get(key) ?? PARTS.find(([name]) => name === key)?.[1](this.#context);
    if (!view) return;
    this.#views.set(key, view);
    this.#panel.replaceChildren(view.element);
    this.#panel.scrollTop = 0;
  }
}

/** The chat as a whole, and how much there is of it. */
class HostChat {
  #leaving = new AbortController();
  /** @type {HostContext} */
  #context;
  #import;
  #stored = element('p', { class: 'quiet' });

  /** @param {HostContext} context */
  constructor(context) {
    const { t, host, upkeep } = context;
    const overview = /** @type {import('../types.js').Overview} */ (host.overview);
    this.#context = context;
    const done = element('p', { class: 'quiet', role: 'status' });
    const form = new ChatForm(context, { overview, button: t('host.save'), onSaved: () => setText(done, t('host.saved')) });
    form.element.addEventListener('input', () => setText(done, ''));
    this.#import = new Import(context, upkeep, (file) => {
      this.#look();
      return t('import.done', { file });
    });
    this.element = element('div', { class: 'host__part' }, form.element, done, this.#stored,
      element('p', { class: 'quiet' }, t('host.version', { version: overview.version })), archiveSection(context),
      element('section', { class: 'host__section' }, element('h3', {}, t('import.title')), this.#import.element));
    host.addEventListener('change', () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
    this.#look();
  }

  close() {
    this.#leaving.abort();
    this.#import.close();
    this.element.remove();
  }

  /** What was asked for earlier is shown meanwhile, and where it cannot be asked for. */
  #look() {
    this.#context.host.look().catch(() => undefined);
  }

  #draw() {
    const { t, locale, host: { overview } } = this.#context;
    if (overview === null) return;
    const { messages, people, bytes } = overview.stored;
    const values = { messages: t('host.messages', { count: messages }), people: t('host.people', { count: people }), size: formatBytes(bytes, locale) };
    setText(this.#stored, t('host.stored', values));
  }
}
