/** The pages in Firefox: none throws, logs an error or is wider than its window. Skipped where there is no Firefox. */
import { describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { openConsole, PASSWORD } from './console.ts'
import { hasFirefox, startFirefox } from './firefox.ts'

const console = openConsole({ devices: 4, dead: 0, workers: [], role: 'admin' })
const PAGES = ['/', '/campaigns', '/campaigns/new', '/members', '/import', '/system', '/activity', '/access']
/** The three menus of the header come after the page; Firefox complains of their styles if the page is left before. */
const IS_SETTLED = `document.querySelector('main h1') !== null && document.querySelector('main .mantine-Loader-root') === null
  && document.querySelectorAll('header [aria-haspopup]').length === 3`
const HAS_FORM = `document.querySelector('input[type=password]') !== null`
const SIGN_IN = `fetch('/v1/session', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'ada', password: '${PASSWORD}' }),
}).then(({ status }) => status)`

describe.skipIf(!hasFirefox)('in Firefox', () => {
  test.each([
    [1280, 900],
    [390, 844],
  ])(
    'every page works, %d pixels wide',
    async (width, height) => {
      const firefox = await startFirefox(width, height)
      try {
        const origin = console.carillon.apiUrl.replace('127.0.0.1', 'localhost')
        await firefox.open(`${origin}/sign-in`)
        // Whoever leaves a page while it is loading is told of what did not arrive.
        await until(async () => (await firefox.evaluate(HAS_FORM)) === true, { what: 'the sign-in is there' })
        expect(await firefox.evaluate(SIGN_IN)).toBe(201)
        const tooWide: string[] = []
        for (const path of PAGES) {
          await firefox.open(`${origin}${path}`)
          await until(async () => (await firefox.evaluate(IS_SETTLED)) === true, { what: `${path} is there` })
          const over = await firefox.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          )
          if (over !== 0) tooWide.push(`${path}: ${over}`)
        }
        expect(tooWide).toEqual([])
        // That nobody had signed in yet.
        expect(firefox.complaints.filter((said) => !said.includes('401'))).toEqual([])
      } finally {
        await firefox.close()
      }
    },
    120_000,
  )
})
