/** The one set of icons: strokes on a 16 by 16 grid, drawn in the colour of the text around them. */

const SVG = 'http://www.w3.org/2000/svg';

/** Path data by name. */
const PATHS = {
  archive: 'M2.500 3h11v3h-11zM3.500 6v7h9V6M6.500 8.500h3',
  arrow_down: 'M8 2.500v11M3.500 9 8 13.500 12.500 9',
  ban: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.800 3.800l8.400 8.400',
  back: 'M13.500 8h-11M7 3.500 2.500 8 7 12.500',
  check: 'm3 8.500 3.500 3.500L13 4.500',
  close: 'm3.500 3.500 9 9M12.500 3.500l-9 9',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  delete: 'M2.500 4.500h11M6 4.500v-2h4v2M4 4.500l.700 9h6.600l.700-9M6.700 7v4M9.300 7v4',
  download: 'M8 2.500v8M4.500 7.500 8 11l3.500-3.500M2.500 13.500h11',
  edit: 'M10.500 3 13 5.500 5.500 13l-3 .500.500-3ZM9 4.500 11.500 7',
  eye: 'M1.500 8C3 5.300 5.300 4 8 4s5 1.300 6.500 4c-1.500 2.700-3.800 4-6.500 4S3 10.700 1.500 8ZM8 9.800a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600Z',
  eye_off: 'M2.500 2.500l11 11M6.300 4.300A7.500 7.500 0 0 1 8 4c2.700 0 5 1.300 6.500 4-.500.900-1.100 1.600-1.800 2.300M4 5.300C3 6 2.200 6.900 1.500 8 3 10.700 5.300 12 8 12c1.100 0 2.100-.200 3-.600M6.700 6.700a1.800 1.800 0 0 0 2.600 2.600',
  hash: 'M6 2.500 4.800 13.500M11.200 2.500 10 13.500M2.800 5.700h11M2.200 10.300h11',
  history: 'M2.500 3v3h3M2.700 9.300A5.500 5.500 0 1 0 3.400 5L2.500 6M8 5v3.200l2.200 1.300',
  home: 'M2.500 7.500 8 2.800l5.500 4.700M4 6.500v7h8v-7M6.500 13.500v-4h3v4',
  invite: 'M2.500 2.500h4v4h-4zM9.500 2.500h4v4h-4zM2.500 9.500h4v4h-4zM9.500 9.500H11V11H9.500zM13.500 9.500v.01M13.500 12v1.500H11.500M9.500 13.500v.01',
  key: 'M9.500 9.500a3.500 3.500 0 1 0-3-3L2.500 10.500v3h3v-2h2v-2ZM10.700 5.300v.01',
  link: 'M6.700 9.300a2.500 2.500 0 0 0 3.500 0l2.300-2.300A2.500 2.500 0 0 0 9 3.500l-.700.700M9.300 6.700a2.500 2.500 0 0 0-3.500 0L3.500 9A2.500 2.500 0 0 0 7 12.500l.700-.700',
  more: 'M3.500 7.700v.600M8 7.700v.600M12.500 7.700v.600',
  leave: 'M6.500 13.500h-4v-11h4M10 4.500 13.500 8 10 11.500M13.500 8h-7.500',
  lock: 'M3.500 7.500h9v6h-9zM5.500 7.500v-2.200a2.500 2.500 0 0 1 5 0v2.200',
  look: 'M8 2.500 14 13.500H2ZM8 6.500v3.300M8 11.700v.01',
  mention: 'M8 10.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM10.500 5.500v3.300a1.500 1.500 0 0 0 3 0V8a5.500 5.500 0 1 0-2.200 4.400',
  message: 'M2.500 3h11v8H7l-3 2.500V11H2.500z',
  mute: 'M2.500 3h11v8H7l-3 2.500V11H2.500zM6 5.300l4 3.500M10 5.300 6 8.800',
  people: 'M6 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM1.500 13.500c.3-2.300 1.900-3.500 4.500-3.500s4.200 1.200 4.500 3.500M11 3.200a2.400 2.400 0 0 1 0 4.600M12.500 10.300c1.200.500 1.800 1.600 2 3.200',
  plus: 'M8 3v10M3 8h10',
  print: 'M4.500 6v-3.500h7V6M4.500 11.500h-2V6h11v5.500h-2M4.500 9.500h7v4h-7z',
  react: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.500 9.500a2.800 2.800 0 0 0 5 0M6 6.300v.01M10 6.300v.01',
  reply: 'M6.500 3.500 2.500 7.500l4 4M2.500 7.500h6a5 5 0 0 1 5 5',
  role: 'M8 2.300 13 4v4c0 3-2 4.800-5 5.700C5 12.800 3 11 3 8V4ZM5.800 7.800l1.600 1.700 2.800-3',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM10.300 10.300l3.500 3.500',
  send: 'M2.500 8h11M9 3.500 13.500 8 9 12.500',
  settings: 'M2.500 4.500h6M12.500 4.500h1M2.500 11.500h1M7.500 11.500h6M10.500 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5.500 13.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
};

/** @typedef {keyof typeof PATHS} IconName */

/** Icons that point along the direction of reading. */
const DIRECTED = new Set(['back', 'leave', 'reply', 'send']);

/**
 * An icon for the eye only; the control around it carries the name.
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', DIRECTED.has(name) ? 'icon icon--directed' : 'icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
