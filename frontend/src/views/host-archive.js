/** The whole chat as one file, for its host. */
import { icon } from '../icons.js';
import { element } from './element.js';

/**
 * From another origin no cookie speaks for us, and it cannot be had by a link.
 * @param {import('./context.js').PageContext} context
 */
export function archiveSection({ t, gate, config }) {
  if (config.serverUrl !== '') return null;
  return element('section', { class: 'host__section' }, element('h3', {}, t('archive.title')), element('p', { class: 'quiet' }, t('archive.hint')),
    element('div', {}, element('a', { class: 'button', href: gate.archiveUrl(), download: true }, icon('download'), t('archive.download'))));
}
