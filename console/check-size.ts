/**
 * Checks the compressed size of what a browser fetches before the first page is usable: index.html, the entry with its
 * imports, which include the overview, and the texts of one language; for a signed-out visitor also the sign-in page. Fails
 * above the budget, so that a heavy import is noticed at once.
 *
 * The parts of the font that the first page is written in have a budget of their own: until they are there the system's
 * font is shown, so they hold nothing up.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUDGET_KB = 250
const FONT_BUDGET_KB = 60
const SIGN_IN = 'src/pages/sign-in.tsx'
const LANGUAGES = ['en', 'ko']
/** Texts of the first page. */
const FIRST = ['shell', 'overview', 'states', 'sign-in']

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
const faces = readFaces()

let worst = 0
let worstFonts = 0
for (const language of LANGUAGES) {
  const fonts = fontsOf(language)
  const fontKb = fonts.reduce((sum, file) => sum + sizeOf(file), 0)
  for (const [arrival, names] of Object.entries({ overview: [], 'sign-in': [SIGN_IN] })) {
    const files = new Set<string>()
    for (const name of [entry, `src/text/${language}.ts`, ...names]) {
      if (manifest[name] === undefined) throw new Error(`${name} is no chunk of its own any more.`)
      collect(name, files, new Set())
    }
    const [br, gz] = ['br', 'gz'].map((kind) =>
      [...files].reduce((sum, file) => sum + sizeOf(`${file}.${kind}`), sizeOf('index.html')),
    ) as [number, number]
    console.log(
      `${arrival}, ${language}: ${br.toFixed(1)} kB br, ${gz.toFixed(1)} kB gz in ${files.size + 1} files; ` +
        `fonts ${fontKb.toFixed(1)} kB in ${fonts.length}; together ${(br + fontKb).toFixed(1)} kB br, ${(gz + fontKb).toFixed(1)} kB gz`,
    )
    worst = Math.max(worst, gz)
    worstFonts = Math.max(worstFonts, fontKb)
  }
}
if (worst > BUDGET_KB) {
  console.error(
    `The first load is ${worst.toFixed(1)} kB; ${BUDGET_KB} kB are allowed. What was imported too early?`,
  )
  process.exitCode = 1
}
if (worstFonts > FONT_BUDGET_KB) {
  console.error(
    `The fonts of the first page are ${worstFonts.toFixed(1)} kB; ${FONT_BUDGET_KB} kB are allowed. Have its texts changed a lot? console/src/fonts/make.py`,
  )
  process.exitCode = 1
}

function sizeOf(file: string): number {
  return statSync(join(dist, file)).size / 1000
}

function collect(name: string, files: Set<string>, seen: Set<string>): void {
  const chunk = manifest[name]
  if (chunk === undefined || seen.has(name)) return
  seen.add(name)
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const other of chunk.imports ?? []) collect(other, files, seen)
}

/** The faces in the order of their precedence: the last one that has a character is used. */
function readFaces(): { file: string; has: (code: number) => boolean }[] {
  const sheet = readdirSync(join(dist, 'assets')).find((name) => /^more-fonts-.*\.css$/.test(name))
  if (sheet === undefined) throw new Error('There is no sheet with all faces of the font.')
  const css = readFileSync(join(dist, 'assets', sheet), 'utf8')
  return [...css.matchAll(/@font-face\s*\{([^}]*)\}/g)].reverse().map(([, rule = '']) => {
    const file = /url\(["']?\/?(assets\/[^"')]+)/.exec(rule)?.[1] ?? ''
    const ranges = [...rule.matchAll(/U\+([0-9a-f]+)(?:-([0-9a-f]+))?/gi)].map(
      ([, first = '', last = first]) => [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const,
    )
    return { file, has: (code) => ranges.some(([first, last]) => first <= code && code <= last) }
  })
}

/** What a browser fetches for the texts of the first page. Names of campaigns may need more. */
function fontsOf(language: string): string[] {
  const folder = join(import.meta.dirname, 'src/text', language)
  const texts = readdirSync(folder).filter((name) => FIRST.includes(name.replace('.ts', '')))
  const strings = texts.flatMap(
    (name) => readFileSync(join(folder, name), 'utf8').match(/(['`])(?:(?!\1)[^\\]|\\.)*\1/g) ?? [],
  )
  const codes = new Set([...strings.join('')].map((char) => char.codePointAt(0) ?? 0))
  return [...new Set([...codes].map((code) => faces.find(({ has }) => has(code))?.file ?? ''))].filter(
    (file) => file !== '',
  )
}
