/** Light or dark: the system's wish unless the person chose; one attribute on <html>, read by the tokens. */

/**
 * Follows the preference `theme` until `signal` aborts.
 * @param {import('../types.js').ViewContext} context
 * @param {AbortSignal} signal
 */
export function followTheme({ store, actions }, signal) {
  const apply = () => {
    const theme = actions.preference('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
    else delete document.documentElement.dataset['theme'];
  };
  store.addEventListener('preference', ({ detail }) => detail.key === 'theme' && apply(), { signal });
  apply();
}
