/** Builds the browser app into the package that serves it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const OUTPUT = fileURLToPath(new URL('../chatapp/static', import.meta.url));
const TEXT = /\.(?:js|css|html|svg|json|md|txt|webmanifest)$/;

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

export default defineConfig({
  base: '/static/',
  plugins: [copyConfig(), precompress()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    // Inlined assets would be data: addresses, which the Content-Security-Policy need not allow.
    assetsInlineLimit: 0,
    license: { fileName: 'third-party-licences.md' },
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:5000', '/socket.io': { target: 'http://127.0.0.1:5000', ws: true } },
  },
});
