/** What an edited message said before, oldest first, and what it says now. */
import { renderMarkdown } from '../lib/markdown.js';
import { formatDateTime } from '../lib/time.js';
import { Dialog } from './dialog.js';
import { element } from './element.js';

/** @typedef {import('./context.js').PageContext} PageContext */

/**
 * @param {PageContext} context
 * @param {import('../types.js').RoomMessage} message
 */
export function openEditHistory(context, message) {
  const { t, actions } = context;
  const body = element('div', { class: 'edits' });
  const load = async () => {
    body.replaceChildren(element('p', { class: 'quiet', role: 'status' }, t('edits.loading')));
    try {
      const past = await actions.edits(message.id);
      const now = { message: message.message, created_at: message.edited_at ?? message.created_at };
      body.replaceChildren(versionsList(context, [...past, now]));
    } catch {
      body.replaceChildren(element('p', { role: 'alert' }, t('edits.failed')),
        element('div', {}, element('button', { type: 'button', class: 'button', onclick: () => void load() }, t('invite.retry'))));
    }
  };
  new Dialog(context, { title: t('edits.title') }, body);
  void load();
}

/**
 * @param {PageContext} context
 * @param {readonly import('../types.js').PastText[]} versions the last one holds now
 */
function versionsList({ t, locale }, versions) {
  const items = versions.map(({ message, created_at }, index) => {
    const text = element('div', { class: 'edits__text markdown' }, renderMarkdown(message));
    for (const block of text.children) block.setAttribute('dir', 'auto');
    const isNow = index === versions.length - 1;
    return element('li', { class: 'edits__version' },
      element('p', { class: 'edits__time' }, isNow ? `${t('edits.now')} · ` : null,
        element('time', { datetime: new Date(created_at).toISOString() }, formatDateTime(created_at, locale))),
      text);
  });
  return element('ol', { class: 'edits__list' }, ...items);
}
