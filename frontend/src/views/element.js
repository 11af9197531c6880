/** Makes elements: the one place where views create nodes, so that text always enters as text. */

/**
 * Attributes by name; `true` sets an empty one, `false`, `null` and `undefined` none; a function listens to the event named after `on`.
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null | undefined | false)} children Strings become text; nothing is parsed.
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else setAttribute(made, name, value);
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/**
 * @param {Element} target
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value As in `Attributes`.
 */
export function setAttribute(target, name, value) {
  if (value === false || value === null || value === undefined) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : String(value));
}

/**
 * Replace what an element holds, only when it is another text: a live region does not repeat itself.
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Make these the children, in this order. Those that stay are not touched: they keep their focus, selection and place.
 * @param {Element} parent
 * @param {readonly (Node | null | undefined | false)[]} children
 */
export function setChildren(parent, children) {
  const wanted = children.filter((child) => child instanceof Node);
  for (const child of [...parent.childNodes]) if (!wanted.includes(child)) child.remove();
  let next = parent.firstChild;
  for (const child of wanted) {
    if (child === next) next = next.nextSibling;
    else parent.insertBefore(child, next);
  }
}

let serial = 0;

/** A fresh id, for labels and descriptions that must name an element. @param {string} word */
export function freshId(word) {
  serial += 1;
  return `${word}-${serial}`;
}
