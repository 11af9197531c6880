/** Brings up the bar that tells a host what is wrong: most people never see it, so it is fetched when it is needed. */

/** @typedef {typeof import('./trouble-bar.js')} Module */

/**
 * @param {import('./context.js').PageContext} context
 * @param {HTMLElement} app
 * @param {(load: () => Promise<Module>, open: (module: Module) => void) => void} fetched
 * @param {AbortSignal} signal the page is left
 */
export function followTrouble(context, app, fetched, signal) {
  const { store } = context;
  /** @type {import('./trouble-bar.js').TroubleBar | null} */
  let bar = null;
  const follow = () => {
    const isStanding = store.trouble.length > 0;
    app.classList.toggle('has-trouble', isStanding);
    if (!isStanding || bar) return;
    fetched(() => import('./trouble-bar.js'), ({ TroubleBar }) => {
      if (bar || signal.aborted) return;
      bar = new TroubleBar(context, signal);
      app.prepend(bar.element);
    });
  };
  store.addEventListener('trouble', follow, { signal });
  follow();
}
