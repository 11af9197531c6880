/** The dialog that lists the keys of the page. */
import { Dialog } from './dialog.js';
import { element } from './element.js';
import { ALT_KEY, COMMAND_KEY } from './shortcuts.js';

/** @param {import('./context.js').PageContext} context */
export function openShortcuts(context) {
  const { t } = context;
  const rows = [
    row(t('shortcuts.jump'), [COMMAND_KEY, 'K']),
    row(t('shortcuts.search'), [COMMAND_KEY, 'F']),
    row(t('shortcuts.rooms'), [ALT_KEY, '↑', '↓']),
    row(t('shortcuts.unread'), [ALT_KEY, '⇧', '↑', '↓']),
    row(t('shortcuts.send'), ['↵']),
    row(t('shortcuts.newline'), ['⇧', '↵']),
    row(t('shortcuts.edit_last'), ['↑']),
    row(t('shortcuts.mention'), ['@']),
    row(t('shortcuts.messages'), ['↑', '↓']),
    row(t('shortcuts.menu'), ['↵']),
    row(t('shortcuts.react'), ['+']),
    row(t('shortcuts.reply'), ['R']),
    row(t('shortcuts.edit'), ['E']),
    row(t('shortcuts.delete'), [t('shortcuts.delete_key')]),
    row(t('shortcuts.escape'), ['Esc']),
    row(t('shortcuts.help'), ['?']),
  ];
  return new Dialog(context, { title: t('shortcuts.title') }, element('ul', { class: 'shortcuts' }, ...rows));
}

/**
 * @param {string} words
 * @param {string[]} keys
 */
function row(words, keys) {
  return element('li', { class: 'shortcuts__row' }, element('span', {}, words),
    element('span', { class: 'shortcuts__keys' }, ...keys.map((key) => element('kbd', {}, key))));
}
