/** The text of a message: Markdown with mentions marked, code that can be copied, long text folded. */
import { icon } from '../icons.js';
import { highlightCode } from '../lib/highlight.js';
import { isSingleEmoji, renderMarkdown } from '../lib/markdown.js';
import { element } from './element.js';

/** A longer message is folded: about fifteen lines of the widest column. */
const FOLD_CHARACTERS = 1200;
const FOLD_LINES = 15;

/** @typedef {import('./context.js').PageContext} PageContext */

/**
 * @param {PageContext} context
 * @param {string} message as typed
 * @param {import('../lib/markdown.js').Mentioned} mentioned
 */
export function messageText(context, message, mentioned) {
  const text = element('div', { class: 'message__text markdown' }, renderMarkdown(message, mentioned));
  const holder = element('div', { class: 'message__holder' }, text);
  for (const block of text.children) block.setAttribute('dir', 'auto');
  if (isSingleEmoji(message)) text.classList.add('is-emoji');
  addCopyButtons(context, text);
  keepOwnLinksHere(context, text);
  if (isLong(message)) holder.append(fold(context, text));
  void highlightCode(text);
  return holder;
}

/**
 * @param {PageContext} context
 * @param {HTMLElement} text
 */
function addCopyButtons({ t, actions, commands }, text) {
  for (const pre of text.querySelectorAll('pre')) {
    pre.dir = 'ltr';
    pre.tabIndex = 0;
    const button = element('button', { type: 'button', class: 'icon-button code-block__copy', 'aria-label': t('message.copy_code'), title: t('message.copy_code') }, icon('copy'));
    button.addEventListener('click', async () => {
      if (!(await actions.copyText(pre.textContent ?? ''))) return;
      button.replaceChildren(icon('check'));
      commands.announce(t('invite.copied'));
    });
    const block = element('div', { class: 'code-block' });
    pre.replaceWith(block);
    block.append(pre, button);
  }
}

/**
 * A link to a message of this chat is followed in this page, whichever of the chat's addresses it names.
 * @param {PageContext} context
 * @param {HTMLElement} text
 */
function keepOwnLinksHere({ actions }, text) {
  for (const link of text.querySelectorAll('a')) {
    const { hash } = link;
    if (!hash.startsWith('#/room/') || !actions.isHere(new URL(link.href))) continue;
    link.href = hash;
    link.removeAttribute('target');
  }
}

/**
 * @param {PageContext} context
 * @param {HTMLElement} text
 */
function fold({ t }, text) {
  text.classList.add('is-folded');
  const button = element('button', { type: 'button', class: 'button button--quiet', 'aria-expanded': 'false' }, t('message.more'));
  button.addEventListener('click', () => {
    const isFolded = text.classList.toggle('is-folded');
    button.setAttribute('aria-expanded', String(!isFolded));
    button.textContent = isFolded ? t('message.more') : t('message.less');
  });
  return button;
}

/** @param {string} text */
function isLong(text) {
  return text.length > FOLD_CHARACTERS || text.split('\n', FOLD_LINES + 1).length > FOLD_LINES;
}
