/** Colours in fenced code. The highlighter is a chunk of its own, fetched when the first code block is shown. */

/** @type {Promise<import('highlight.js').HLJSApi> | undefined} */
let loading;

/**
 * Colours every `pre > code.language-…` under `root` once. Languages it does not know stay plain; when the chunk
 * cannot be fetched (offline), the code stays plain too and the next call tries again.
 * @param {ParentNode} root
 * @returns {Promise<void>}
 */
export async function highlightCode(root) {
  const blocks = root.querySelectorAll('pre > code[class*="language-"]:not([data-highlighted])');
  if (blocks.length === 0) return;
  loading ??= import('highlight.js/lib/common').then((module) => module.default);
  try {
    const highlighter = await loading;
    for (const block of blocks) colour(/** @type {HTMLElement} */ (block), highlighter);
  } catch {
    loading = undefined;
  }
}

/**
 * @param {HTMLElement} block
 * @param {import('highlight.js').HLJSApi} highlighter
 */
function colour(block, highlighter) {
  const language = block.className.replace(/^.*\blanguage-(\S+).*$/, '$1');
  if (!highlighter.getLanguage(language)) return;
  highlighter.highlightElement(block);
}
