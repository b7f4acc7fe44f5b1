/**
 * Checks the compressed size of what a browser fetches before the first page is usable: index.html and the entry with
 * its imports, which include the campaign list; for a signed-out visitor also the sign-in page. Fails above the budget,
 * so that a heavy import is noticed at once.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUDGET_KB = 250
const SIGN_IN = 'src/pages/sign-in.tsx'

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
  isEntry?: boolean
}

const dist = join(import.meta.dirname, 'dist')
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry)
if (entry === undefined) throw new Error('console/dist has no entry: run npm run console.')
if (manifest[SIGN_IN] === undefined) throw new Error(`${SIGN_IN} is no chunk of its own any more.`)

let worst = 0
for (const [arrival, names] of Object.entries({ campaigns: [entry], 'sign-in': [entry, SIGN_IN] })) {
  const files = new Set<string>()
  for (const name of names) collect(name, files, new Set())
  for (const kind of ['br', 'gz']) {
    const bytes = [...files].reduce((sum, file) => sum + statSync(join(dist, `${file}.${kind}`)).size, 0)
    const kb = (bytes + statSync(join(dist, 'index.html')).size) / 1000
    console.log(`${arrival}: ${kb.toFixed(1)} kB ${kind} in ${files.size + 1} files`)
    worst = Math.max(worst, kb)
  }
}
if (worst > BUDGET_KB) {
  console.error(
    `The first load is ${worst.toFixed(1)} kB; ${BUDGET_KB} kB are allowed. What was imported too early?`,
  )
  process.exitCode = 1
}

function collect(name: string, files: Set<string>, seen: Set<string>): void {
  const chunk = manifest[name]
  if (chunk === undefined || seen.has(name)) return
  seen.add(name)
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const other of chunk.imports ?? []) collect(other, files, seen)
}
