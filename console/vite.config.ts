/**
 * Builds the console to `console/dist`, which the API serves. All files but index.html have a hash in their name, so
 * that they can be cached for a year, and are compressed at build time.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { withoutUnused } from './unused-styles.ts'

const root = import.meta.dirname
const api = process.env.CONSOLE_API ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root,
  plugins: [react(), trimmed(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Inlined files would need a wider CSP and could not be cached.
    assetsInlineLimit: 0,
    target: 'es2023',
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Needed by every page and rarely changed: one file that browsers keep over many versions.
        codeSplitting: {
          groups: [
            {
              name: 'framework',
              test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack)\//,
            },
          ],
        },
      },
    },
    // check-size.ts checks the size that matters: the first load, compressed.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ['/v1', '/docs', '/health'].map((path) => [path, { target: api, changeOrigin: false }]),
    ),
  },
})

/**
 * Removes the styles of unused components from the first sheet, and names the file after its remaining content:
 * browsers cache it for good, and it depends on the scripts. Only index.html names it, since a script that did would keep
 * its own name while its content changes.
 */
function trimmed(): Plugin {
  return {
    name: 'trimmed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files = Object.values(bundle)
        const scripts = files.flatMap((file) => (file.type === 'chunk' ? [file.code] : []))
        const sheet = files.find(({ fileName }) => /^assets\/index-.*\.css$/.test(fileName))
        if (sheet?.type !== 'asset')
          return this.error('There is no assets/index-….css: was the entry renamed?')
        const before = sheet.fileName
        const source = withoutUnused(String(sheet.source), scripts)
        const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8)
        const after = `assets/index-${hash}.css`
        delete bundle[before]
        this.emitFile({ type: 'asset', fileName: after, source })
        for (const file of files) {
          if (file.type === 'chunk') {
            // A page that loads parts of itself later names the first sheet, which is there already, as one of their
            // needs. It names itself instead: that is there as well.
            file.code = file.code.replaceAll(before, file.fileName)
          } else if (/\.(html|json)$/.test(file.fileName))
            file.source = String(file.source).replaceAll(before, after)
        }
      },
    },
  }
}

/** Writes `x.js.br` and `x.js.gz` beside `x.js`. Not for index.html: the API puts a nonce into each copy. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    // Not closeBundle, which also runs after a failed build and then hides why it failed.
    async writeBundle() {
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
