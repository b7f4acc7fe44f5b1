/**
 * Builds the console to `console/dist`, which the API serves. Everything but index.html has a hash in its name, so it
 * may be cached for a year, and lies there compressed already: nothing is compressed while somebody waits.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname
const api = process.env.CONSOLE_API ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root,
  plugins: [react(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Inlined as data: they would need a wider CSP, and are not cached.
    assetsInlineLimit: 0,
    target: 'es2023',
    reportCompressedSize: false,
    // check-size.ts looks at the size that counts: what is fetched first, compressed.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ['/v1', '/docs', '/health'].map((path) => [path, { target: api, changeOrigin: false }]),
    ),
  },
})

/** Writes `x.js.br` and `x.js.gz` beside `x.js`. index.html is left alone: the API puts a nonce into each copy. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async closeBundle() {
      const folder = join(root, 'dist', 'assets')
      const names = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name))
      await Promise.all(names.map((name) => compress(join(folder, name))))
    },
  }
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params }),
    promisify(gzip)(content, { level: 9 }),
  ])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
}
