/** The height that is left above an on-screen keyboard, as the custom property `--viewport`. */

/**
 * Follows the visual viewport until `signal` aborts. Pinch zoom is left alone.
 * @param {AbortSignal} signal
 */
export function followViewport(signal) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const root = document.documentElement;
  const measure = () => {
    const isCovered = viewport.scale <= 1.01 && viewport.height < root.clientHeight - 1;
    if (isCovered) root.style.setProperty('--viewport', `${Math.round(viewport.height)}px`);
    else root.style.removeProperty('--viewport');
    // iOS scrolls the page to show the field; the page is exactly as high as what is left, so back to its top.
    if (isCovered) window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', measure, { signal });
  viewport.addEventListener('scroll', measure, { signal });
  measure();
}
