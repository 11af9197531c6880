/** A person's face: initials on one of twelve colours. */
import { colourIndex, initials } from '../lib/text.js';
import { element } from './element.js';

/**
 * For the eye only: the name always stands beside it.
 * @param {{user_id?: string | undefined, username: string}} person
 * @param {'small'} [size]
 */
export function avatar(person, size) {
  const face = colourIndex(person.user_id ?? person.username);
  return element('span', {
    class: size ? `avatar avatar--${size}` : 'avatar', 'data-face': face, 'aria-hidden': 'true',
  }, initials(person.username));
}
