/** The emojis of the picker: a field to search in, the groups, and a grid that arrow keys go through. */
import { icon } from '../icons.js';
import { searchEmojis, TONES, withTone } from '../lib/emojis.js';
import { element, setText } from './element.js';

/** Results drawn at most. */
const MOST_FOUND = 120;
/** One emoji stands for each group. @type {Record<string, string>} */
const SIGNS = {
  smileys_emotion: '😀', people_body: '👋', animals_nature: '🐻', food_drink: '🍎', travel_places: '🚗', activities: '⚽', objects: '💡', symbols: '🔣', flags: '🏁',
};

/** @typedef {import('../lib/emojis.js').EmojiGroup} EmojiGroup */
/** @typedef {import('../lib/emojis.js').Emoji} Emoji */

export class EmojiGrid {
  /** @type {import('./context.js').PageContext} */
  #context;
  #choose;
  /** @type {EmojiGroup[]} */
  #groups = [];
  /** @type {string[]} */
  #frequent = [];
  #search;
  #tabs = element('div', { class: 'picker__groups', role: 'group' });
  #body = element('div', { class: 'picker__body' });
  #name = element('span', { class: 'picker__name', 'aria-hidden': 'true' });
  #count = element('p', { class: 'visually-hidden', role: 'status' });
  #tone;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {(emoji: string) => void} choose
   */
  constructor(context, choose) {
    const { t } = context;
    this.#context = context;
    this.#choose = choose;
    this.#search = element('input', {
      class: 'picker__search', type: 'search', autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'done',
      'aria-label': t('picker.search'), placeholder: t('picker.search'), oninput: () => this.#draw(),
    });
    this.#tone = this.#toneChoice();
    this.#tabs.setAttribute('aria-label', t('picker.groups'));
    this.element = element('div', { class: 'picker__all' },
      element('div', { class: 'picker__field' }, icon('search'), this.#search), this.#tabs, this.#body, this.#count,
      element('div', { class: 'picker__foot' }, this.#name, this.#tone));
    this.#listen();
  }

  focus() {
    // On a phone the field would raise the keyboard over half of the emojis.
    if (matchMedia('(pointer: fine)').matches) this.#search.focus();
    else this.#buttons()[0]?.focus();
  }

  /** Before the tables are there. @param {string[]} emojis */
  showFrequent(emojis) {
    this.#frequent = emojis;
    this.#draw();
  }

  /** @param {EmojiGroup[]} groups */
  show(groups) {
    const { t } = this.#context;
    this.#groups = groups;
    this.#tabs.replaceChildren(...groups.map(({ slug }) => element('button', {
      type: 'button', class: 'emoji', 'aria-label': t(`picker.${slug}`), title: t(`picker.${slug}`), onclick: () => this.#goTo(slug),
    }, SIGNS[slug] ?? '❔')));
    this.#draw();
  }

  /** @param {() => void} retry */
  fail(retry) {
    const { t } = this.#context;
    this.#body.append(element('p', { class: 'picker__none', role: 'alert' }, t('picker.failed')),
      element('p', { class: 'picker__none' }, element('button', { type: 'button', class: 'button', onclick: retry }, t('invite.retry'))));
  }

  #listen() {
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('click', ({ target }) => {
      const emoji = buttonOf(target)?.textContent;
      if (emoji) this.#choose(emoji);
    });
    for (const type of ['pointerover', 'focusin']) {
      this.#body.addEventListener(type, ({ target }) => setText(this.#name, buttonOf(target)?.getAttribute('aria-label') ?? ''));
    }
  }

  #draw() {
    const { t } = this.#context;
    const hadFocus = this.#body.contains(document.activeElement);
    const query = this.#search.value.trim();
    const found = query === '' ? [] : searchEmojis(this.#groups, query);
    this.#tabs.hidden = query !== '';
    setText(this.#count, query === '' ? '' : t('picker.found', { count: found.length }));
    if (query === '') this.#body.replaceChildren(...this.#sections());
    else if (found.length === 0) this.#body.replaceChildren(element('p', { class: 'picker__none' }, t('picker.none')));
    else this.#body.replaceChildren(this.#section(t('picker.results'), found.slice(0, MOST_FOUND)));
    this.#body.scrollTop = 0;
    const [first] = this.#buttons();
    if (first) first.tabIndex = 0;
    if (hadFocus) first?.focus();
  }

  #sections() {
    const { t } = this.#context;
    const known = new Map(this.#groups.flatMap(({ emojis }) => emojis).map((emoji) => [emoji.emoji, emoji]));
    const frequent = this.#frequent.map((emoji) => ({ name: emoji, words: '', ...known.get(emoji), emoji, hasTones: false }));
    const groups = this.#groups.map(({ slug, emojis }) => this.#section(t(`picker.${slug}`), emojis, slug));
    const loading = this.#groups.length > 0 ? [] : [element('p', { class: 'picker__none', role: 'status' }, t('picker.loading'))];
    return [this.#section(t('picker.frequent'), frequent), ...groups, ...loading];
  }

  /**
   * @param {string} title
   * @param {readonly Emoji[]} emojis
   * @param {string} [slug]
   */
  #section(title, emojis, slug) {
    const tone = Number(this.#tone.value);
    const buttons = emojis.map((emoji) => element('button', { type: 'button', class: 'emoji', tabindex: -1, 'aria-label': emoji.name }, withTone(emoji, tone)));
    return element('section', { class: 'picker__section', 'data-group': slug, 'aria-label': title },
      element('h3', { class: 'picker__title', 'aria-hidden': 'true' }, title), element('div', { class: 'picker__grid' }, ...buttons));
  }

  /** @param {string} slug */
  #goTo(slug) {
    const section = this.#body.querySelector(`[data-group="${slug}"]`);
    section?.scrollIntoView({ block: 'start' });
    section?.querySelector('button')?.focus({ preventScroll: true });
  }

  #toneChoice() {
    const { t, actions } = this.#context;
    const choice = element('select', { class: 'picker__tone', 'aria-label': t('picker.tone'), title: t('picker.tone') },
      ...['', ...TONES].map((mark, tone) => element('option', { value: tone }, `✋${mark}`)));
    choice.value = String(Number(actions.preference('skin_tone') ?? 0));
    choice.addEventListener('change', () => {
      actions.setPreference('skin_tone', choice.value);
      this.#draw();
    });
    return choice;
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.#body.querySelectorAll('button.emoji')].filter((button) => button instanceof HTMLButtonElement);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    const isHandled = event.target === this.#search ? this.#onSearchKey(event.key) : this.#onGridKey(event);
    if (isHandled) event.preventDefault();
  }

  /** @param {string} key */
  #onSearchKey(key) {
    const [first] = this.#buttons();
    if (key === 'ArrowDown') first?.focus();
    else if (key === 'Enter' && this.#search.value.trim() !== '') first?.click();
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  #onGridKey({ key, target }) {
    const present = buttonOf(target);
    if (!present || !this.#body.contains(present)) return false;
    const buttons = this.#buttons();
    const index = buttons.indexOf(present);
    const isRightToLeft = getComputedStyle(this.#body).direction === 'rtl';
    const side = { ArrowRight: 1, ArrowLeft: -1 }[key];
    let next;
    if (side) next = buttons[index + (isRightToLeft ? -side : side)];
    else if (key === 'ArrowDown') next = below(buttons.slice(index + 1), present);
    else if (key === 'ArrowUp') next = below(buttons.slice(0, index).reverse(), present) ?? this.#search;
    else if (key === 'Home') [next] = buttons;
    else if (key === 'End') next = buttons.at(-1);
    else return false;
    present.tabIndex = -1;
    if (next && next !== this.#search) next.tabIndex = 0;
    (next ?? present).focus();
    return true;
  }
}

/**
 * The button of the next line that is nearest to the same column; the list begins beside the present one and goes its way.
 * @param {HTMLButtonElement[]} buttons
 * @param {HTMLButtonElement} present
 */
function below(buttons, present) {
  const { top, left } = present.getBoundingClientRect();
  /** @type {HTMLButtonElement | undefined} */
  let nearest;
  let line = top;
  let distance = Infinity;
  for (const button of buttons) {
    const box = button.getBoundingClientRect();
    if (box.top === top) continue;
    if (line === top) line = box.top;
    if (box.top !== line) break;
    if (Math.abs(box.left - left) < distance) nearest = button;
    distance = Math.min(distance, Math.abs(box.left - left));
  }
  return nearest;
}

/** @param {EventTarget | null} target @returns {HTMLButtonElement | null} */
function buttonOf(target) {
  return target instanceof Element ? target.closest('button.emoji') : null;
}
