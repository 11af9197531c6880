/** Builds the browser app into the package that serves it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { Features } from 'lightningcss';
import { defineConfig } from 'vite';

const OUTPUT = fileURLToPath(new URL('../chatapp/static', import.meta.url));
/** The newest Emoji version that is offered: fonts of devices two years old have it (2023). */
const NEWEST_EMOJI = 15.1;
const TEXT = /\.(?:js|css|html|svg|json|md|txt|webmanifest)$/;

/**
 * Texts that come with what is fetched when it is first wanted: `en.json?part=<name>` has them, `en.json` all others.
 * @type {Record<string, readonly string[]>}
 */
const PARTS = {
  panel: ['account', 'archive', 'audit', 'audit_act', 'audit_choice', 'audit_reach', 'backups', 'bans', 'chat_form', 'cleanup', 'device_link', 'devices', 'doctor', 'edits', 'everybody',
    'farewell', 'first_run', 'import', 'invitations', 'keep_form', 'keeping', 'leave_account', 'moderation', 'password', 'poster', 'quit', 'restore', 'save_copy', 'search',
    'security', 'settings', 'shortcuts', 'trouble', 'ways'],
  trust: ['trust'],
};

/** `config.js` goes along as it is: operators edit it, so it is neither bundled nor precompressed. */
function copyConfig() {
  return {
    name: 'copy-config',
    /** @param {{dir?: string}} output */
    async writeBundle({ dir = OUTPUT }) {
      await copyFile(fileURLToPath(new URL('config.js', import.meta.url)), join(dir, 'config.js'));
    },
    /** The development server answers for the real one. @param {import('vite').ViteDevServer} server */
    configureServer(server) {
      server.middlewares.use('/config.js', (_, response) => {
        response.setHeader('content-type', 'text/javascript');
        response.end(readFileSync(new URL('config.js', import.meta.url)));
      });
    },
  };
}

/** Writes `.gz` and `.br` beside each text file, so that the server never compresses. */
function precompress() {
  return {
    name: 'precompress',
    apply: /** @type {const} */ ('build'),
    enforce: /** @type {const} */ ('post'),
    /** @param {{dir?: string}} output */
    writeBundle({ dir = OUTPUT }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !TEXT.test(entry.name) || entry.name === 'config.js') continue;
        const path = join(entry.parentPath, entry.name);
        const text = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }));
      }
    },
  };
}

/** The catalogue is one file to write in, and as many to load as there are parts. */
function partTexts() {
  return {
    name: 'part-texts',
    enforce: /** @type {const} */ ('pre'),
    /**
     * @param {string} text
     * @param {string} id
     */
    transform(text, id) {
      const [, part] = /\/locales\/\w+\.json(?:\?part=(\w+))?$/.exec(id) ?? [];
      if (!/\/locales\/\w+\.json/.test(id)) return null;
      const apart = part === undefined ? Object.values(PARTS).flat() : PARTS[part];
      const entries = Object.entries(JSON.parse(text)).filter(([group]) => apart?.includes(group) === (part !== undefined));
      return { code: `export default ${JSON.stringify(Object.fromEntries(entries))}`, moduleType: /** @type {const} */ ('js') };
    },
  };
}

/** Leaves of the emoji tables only what the picker reads: the rest is two thirds of their weight. */
function trimEmojis() {
  return {
    name: 'trim-emojis',
    enforce: /** @type {const} */ ('pre'),
    /**
     * @param {string} text
     * @param {string} id
     */
    transform(text, id) {
      if (id.endsWith('/unicode-emoji-json/data-by-group.json')) return JSON.stringify(trimGroups(JSON.parse(text)));
      return id.endsWith('/emojilib/dist/emoji-en-US.json') ? JSON.stringify(trimKeywords(JSON.parse(text))) : null;
    },
  };
}

/** @param {{slug: string, emojis: {emoji: string, name: string, skin_tone_support: boolean, emoji_version: string}[]}[]} groups */
function trimGroups(groups) {
  return groups.map(({ slug, emojis }) => ({
    slug,
    emojis: emojis.filter(({ emoji_version: version }) => Number(version) <= NEWEST_EMOJI)
      .map(({ emoji, name, skin_tone_support: hasTones }) => ({ emoji, name, ...(hasTones ? { skin_tone_support: true } : {}) })),
  }));
}

/** The first keyword is the name again. @param {Record<string, string[]>} keywords */
function trimKeywords(keywords) {
  return Object.fromEntries(Object.entries(keywords).map(([emoji, [name = '', ...words]]) => [emoji, words.filter((word) => !name.includes(word))]));
}

export default defineConfig({
  base: '/static/',
  plugins: [copyConfig(), partTexts(), trimEmojis(), precompress()],
  // For older browsers `:dir(rtl)` would become a list of languages; it is asked here of what people wrote.
  css: { lightningcss: { exclude: Features.DirSelector } },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    rolldownOptions: {
      input: ['index.html', 'trust/index.html', 'src/worker.js'].map((each) => fileURLToPath(new URL(each, import.meta.url))),
      // Browsers know a worker by its address, and ask there for a newer one.
      output: { entryFileNames: ({ name }) => (name === 'worker' ? 'worker.js' : 'assets/[name]-[hash].js') },
    },
    // Inlined assets would be data: addresses, which the Content-Security-Policy need not allow.
    assetsInlineLimit: 0,
    license: { fileName: 'third-party-licences.md' },
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:5000', '/worker.js': 'http://127.0.0.1:5000', '/socket.io': { target: 'http://127.0.0.1:5000', ws: true } },
  },
});
