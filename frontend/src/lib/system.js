/** On what system a page is looked at, as far as a browser says. */

/** @typedef {'windows' | 'macos' | 'ios' | 'android' | 'chromeos' | 'linux' | 'firefox'} System */

/** Every system there are steps for, in the order of a list. @type {readonly System[]} */
export const SYSTEMS = ['windows', 'macos', 'ios', 'android', 'chromeos', 'linux', 'firefox'];

/**
 * The system whose steps are the visitor's own. Firefox counts as one where it keeps certificates of its own.
 * @param {string} agent
 * @param {number} touchPoints an iPad says it is a Mac, but no Mac has a touch screen
 * @returns {System}
 */
export function systemOf(agent, touchPoints) {
  if (/Android/.test(agent)) return 'android';
  if (/iPhone|iPad|iPod/.test(agent)) return 'ios';
  if (/Macintosh/.test(agent)) return touchPoints > 1 ? 'ios' : 'macos';
  if (/Windows/.test(agent)) return 'windows';
  if (/CrOS/.test(agent)) return 'chromeos';
  return /Firefox\//.test(agent) ? 'firefox' : 'linux';
}
