/** Parts of the catalogue, as vite.config.js cuts it. */
declare module '*.json?part=panel' {
  const texts: import('./types.js').Texts;
  export default texts;
}
declare module '*.json?part=trust' {
  const texts: import('./types.js').Texts;
  export default texts;
}
