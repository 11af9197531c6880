/** Chooses an emoji: the ones used most at once, all others by group or by words. The tables are fetched at first use. */
import { frequentEmojis, loadEmojis, withUsed } from '../lib/emojis.js';
import { element } from './element.js';
import { openPopover } from './popover.js';

/** Shown first: one row on any screen. */
const FREQUENT = 8;

/** @typedef {import('./context.js').PageContext} PageContext */

/**
 * @param {PageContext} context
 * @param {{anchor: Element | DOMRect, onChoose: (emoji: string) => void}} options
 */
export async function openPicker(context, { anchor, onChoose }) {
  const { t } = context;
  // What it stands beside may be gone when the grid has come.
  const box = anchor instanceof Element ? anchor.getBoundingClientRect() : anchor;
  const EmojiGrid = await fetchGrid(context);
  if (EmojiGrid === null) return;
  const grid = new EmojiGrid(context, (emoji) => {
    dialog.close();
    noteUsed(context, emoji);
    onChoose(emoji);
  });
  const dialog = openPopover(context, { title: t('picker.title'), class: 'picker', anchor: box }, grid.element);
  grid.showFrequent(frequentEmojis(context.actions.preference('emojis_used'), FREQUENT));
  grid.focus();
  void fill(context, grid);
}

/**
 * The grid is fetched when it is first wanted, as its tables are.
 * @param {PageContext} context
 */
async function fetchGrid({ t, commands }) {
  try {
    return (await import('./emoji-grid.js')).EmojiGrid;
  } catch {
    commands.toast({ level: 'error', words: t('picker.failed') });
    return null;
  }
}

/**
 * A row of the emojis used most, for a menu.
 * @param {PageContext} context
 * @param {{count: number, isPressed: (emoji: string) => boolean, onChoose: (emoji: string) => void, onMore: () => void}} options
 */
export function frequentRow(context, { count, isPressed, onChoose, onMore }) {
  const { t, actions } = context;
  const choose = (/** @type {string} */ emoji) => {
    noteUsed(context, emoji);
    onChoose(emoji);
  };
  const buttons = frequentEmojis(actions.preference('emojis_used'), count).map((emoji) => element('button', {
    type: 'button', class: 'emoji', 'aria-pressed': String(isPressed(emoji)), 'aria-label': t('picker.react_with', { emoji }), onclick: () => choose(emoji),
  }, emoji));
  const more = element('button', { type: 'button', class: 'emoji emoji--more', 'aria-label': t('picker.more'), title: t('picker.more'), onclick: onMore });
  return { element: element('div', { class: 'frequent', role: 'group', 'aria-label': t('picker.frequent') }, ...buttons, more), more };
}

/**
 * @param {PageContext} context
 * @param {import('./emoji-grid.js').EmojiGrid} grid
 */
async function fill(context, grid) {
  try {
    grid.show(await loadEmojis());
  } catch {
    grid.fail(() => void fill(context, grid));
  }
}

/**
 * @param {PageContext} context
 * @param {string} emoji
 */
function noteUsed({ actions }, emoji) {
  actions.setPreference('emojis_used', withUsed(actions.preference('emojis_used'), emoji));
}
