/** Colours in fenced code. The highlighter is a chunk of its own, fetched when the first code block is shown. */

/**
 * What the highlighter has found: text, and parts that may have a scope (`string`, `title.function`, `language:css`).
 * @typedef {{scope?: string, children: (Found | string)[]}} Found
 */

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
 * The highlighter's own way would make markup of what people wrote; here it stays text, element by element.
 * @param {HTMLElement} block
 * @param {import('highlight.js').HLJSApi} highlighter
 */
function colour(block, highlighter) {
  const language = block.className.replace(/^.*\blanguage-(\S+).*$/, '$1');
  if (!highlighter.getLanguage(language)) return;
  const { _emitter } = highlighter.highlight(block.textContent ?? '', { language, ignoreIllegals: true });
  const { root } = /** @type {{root: Found}} */ (/** @type {unknown} */ (_emitter));
  block.replaceChildren(...root.children.map(shown));
  block.classList.add('hljs');
  block.dataset.highlighted = 'yes';
}

/**
 * @param {Found | string} part
 * @returns {Node | string}
 */
function shown(part) {
  if (typeof part === 'string') return part;
  const made = document.createElement('span');
  if (part.scope) made.className = classOf(part.scope);
  made.append(...part.children.map(shown));
  return made;
}

/** As the highlighter names its classes: `title.function` is `hljs-title function_`. @param {string} scope */
function classOf(scope) {
  if (scope.startsWith('language:')) return scope.replace(':', '-');
  const [first, ...finer] = scope.split('.');
  return [`hljs-${first}`, ...finer.map((each, place) => each + '_'.repeat(place + 1))].join(' ');
}
