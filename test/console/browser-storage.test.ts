/** What a browser keeps after somebody has signed out: the language and when notices were seen, and nothing of a draft or a person. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../console')
/** Ways to keep something in a browser. */
const STORES =
  /\b(localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open|serviceWorker|createSyncStoragePersister|persistQueryClient)\b/

test('only the language and the time of the last notice are kept in the browser', () => {
  const files = globSync(['src/**/*.{ts,tsx}', '*.ts', 'index.html'], { cwd: ROOT })
  expect(files.length).toBeGreaterThan(100)
  const keeping = files.filter((file) => STORES.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(keeping.toSorted()).toEqual(['src/api/notices.ts', 'src/text/language.tsx'])
  const kept = keeping.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/setItem\(([^)]*)\)/g)].map(([, what]) => what),
  )
  expect(kept.toSorted()).toEqual(['KEPT_AS, at', 'KEPT_AS, language'])
})
