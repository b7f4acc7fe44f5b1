/**
 * Every page as people see it: light, dark, narrow, in Korean. axe looks at each, and each is written to `screenshots/`
 * for a person to look at.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'
import { makeScenes, moveToNow, type Scenes } from './scenes.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({ devices: 40, dead: 0, workers: ['dispatcher'], role: 'admin' })
let scenes: Scenes

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  scenes = await makeScenes(console.carillon.pool, console.carillon.deviceIds)
})

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  korean: { colorScheme: 'light', locale: 'ko-KR', timezoneId: 'Asia/Seoul' },
  'korean-narrow': {
    colorScheme: 'light',
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    viewport: { width: 390, height: 844 },
  },
}

const PAGES: [name: string, path: (s: Scenes) => string][] = [
  ['overview', () => '/'],
  ['campaigns', () => '/campaigns'],
  ['calendar', () => '/calendar'],
  ['calendar-week', () => '/calendar?view=week'],
  ['calendar-list', () => '/calendar?view=list'],
  ['calendar-none', () => '/calendar?view=list&day=2020-01-01'],
  ['campaigns-finished', () => '/campaigns?state=finished&sort=-failed'],
  ['campaigns-none', () => '/campaigns?search=nothing-is-called-this'],
  ['campaign-sending', (s) => `/campaigns/${s.sending}`],
  ['campaign-overtaken', (s) => `/campaigns/${s.overtaken}`],
  ['campaign-paused', (s) => `/campaigns/${s.paused}`],
  ['campaign-refused', (s) => `/campaigns/${s.refused}`],
  ['campaign-corrected', (s) => `/campaigns/${s.corrected}`],
  ['campaign-finished', (s) => `/campaigns/${s.finished}`],
  ['campaign-huge', (s) => `/campaigns/${s.huge}`],
  ['campaign-canceled', (s) => `/campaigns/${s.canceled}`],
  ['campaign-draft', (s) => `/campaigns/${s.empty}`],
  ['campaign-none', () => '/campaigns/01900000-0000-7000-8000-000000000000'],
  ['deliveries', (s) => `/campaigns/${s.finished}/deliveries`],
  ['deliveries-failed', (s) => `/campaigns/${s.finished}/deliveries?state=failed`],
  ['new-message', (s) => `/campaigns/new?draft=${s.empty}&step=message`],
  ['new-message-silent', (s) => `/campaigns/new?draft=${s.silent}&step=message`],
  ['new-message-wrong', (s) => `/campaigns/new?draft=${s.wrong}&step=message`],
  ['new-audience', (s) => `/campaigns/new?draft=${s.empty}&step=audience`],
  ['new-review', (s) => `/campaigns/new?draft=${s.empty}&step=review`],
  ['new-review-wrong', (s) => `/campaigns/new?draft=${s.wrong}&step=review`],
  ['members', () => '/members'],
  ['member', () => '/members/m1'],
  ['consents', () => '/consents'],
  ['import', () => '/import'],
  ['system', () => '/system'],
  ['activity', () => '/activity'],
  ['activity-campaign', (s) => `/activity?kind=campaign&subject=${s.finished}`],
  ['access', () => '/access'],
]

describe.each(Object.keys(LOOKS))('%s', (look) => {
  test('every page is fit for a screen reader, and none is wider than its window', async () => {
    const page = await console.openPage(LOOKS[look], /status of 404/)
    await page.goto('/sign-in')
    await shoot(page, `${look}-sign-in`)
    const found: Record<string, string[]> = { 'sign-in': await axeComplaints(page) }
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/\/$/)
    for (const [name, path] of PAGES) {
      if (name === 'campaign-sending') await moveToNow(console.carillon.pool, scenes.sending)
      await page.goto(path(scenes))
      await settled(page)
      await shoot(page, `${look}-${name}`)
      const complaints = await axeComplaints(page)
      const { over } = await page.evaluate(() => {
        const { documentElement: root } = (globalThis as unknown as { document: { documentElement: Sizes } })
          .document
        return { over: root.scrollWidth - root.clientWidth }
      })
      if (over > 0) complaints.push(`${over} pixels wider than the window`)
      if (look.startsWith('korean')) {
        complaints.push(...latinSentences(await page.evaluate(wordsOnPage), await namesOfCampaigns()))
      }
      found[name] = complaints
    }
    expect(
      Object.fromEntries(Object.entries(found).filter(([, complaints]) => complaints.length > 0)),
    ).toEqual({})
  }, 300_000)
})

describe.each(Object.keys(LOOKS))('%s', (look) => {
  test('a message is corrected with the one before beside it, on every screen', async () => {
    const page = await console.openPage(LOOKS[look])
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/\/$/)
    await page.goto(`/campaigns/${scenes.refused}`)
    await settled(page)
    await shoot(page, `${look}-campaign-refused`)
    await page.getByRole('alert').getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('textarea').first().waitFor()
    // It fades in: axe would measure colors that are still half transparent.
    await until(async () => (await dialog.evaluate(opacityOf)) === '1', { what: 'the dialog is there' })
    await shoot(page, `${look}-correct-dialog`)
    expect(await axeComplaints(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.goto(`/campaigns/${scenes.corrected}`)
    await settled(page)
    for (const version of await page.locator('main details').all()) await version.evaluate(open)
    await shoot(page, `${look}-versions`)
    expect(await axeComplaints(page)).toEqual([])
  }, 120_000)
})

describe('by keyboard', () => {
  test('a dialog gives the focus back to the button that asked for it, from a menu too', async () => {
    const page = await console.signIn()
    const focused = () => page.evaluate(nameOfFocused)
    const closeAndSee = async (name: string) => {
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await until(async () => (await focused()) === name, { what: `the focus is on "${name}"` })
    }
    await page.goto('/access')
    for (const name of ['Create key', 'Add user']) {
      await page.getByRole('button', { name }).press('Enter')
      await page.getByRole('dialog').waitFor()
      await closeAndSee(name)
    }
    await page.goto(`/campaigns/${scenes.finished}`)
    await page.getByRole('button', { name: 'More actions' }).press('Enter')
    await page.getByRole('menuitem', { name: 'Duplicate' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await closeAndSee('More actions')
  })

  test('what has the focus has a ring, fields as well', async () => {
    const page = await console.signIn()
    await page.goto(`/campaigns/new?draft=${scenes.empty}`)
    for (const field of [
      page.getByLabel('Title'),
      page.getByRole('textbox', { name: 'Body' }),
      page.getByRole('button', { name: 'Next' }),
    ]) {
      await field.focus()
      await page.keyboard.press('Shift')
      expect(await field.evaluate(outlineOf)).toBe('solid 2px')
    }
  })
})

/** Names and words that are Latin in Korean too. */
const LATIN_WORDS = new Set([
  'Android',
  'Firebase',
  'PostgreSQL',
  'Redis',
  'JSON',
  'APNs',
  'Carillon',
  'iPhone',
  'HTTP',
])

/** They stand within labels as well: "Spring collection 선택". */
async function namesOfCampaigns(): Promise<string[]> {
  const { rows } = await console.carillon.pool.query<{ name: string }>(
    `SELECT name FROM campaigns WHERE name <> '' ORDER BY length(name) DESC`,
  )
  return rows.map(({ name }) => name)
}

/** Three Latin words of four letters or more in a row are a sentence that nobody has translated. */
function latinSentences(texts: readonly string[], names: readonly string[]): string[] {
  return texts
    .map((said) => names.reduce((rest, name) => rest.replaceAll(name, ''), said))
    .filter((said) => {
      const words = said.split(/\s+/)
      return words.some((_, at) => {
        const three = words.slice(at, at + 3).map((word) => word.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
        return (
          three.length === 3 && three.every((word) => /^[A-Za-z’']{4,}$/.test(word) && !LATIN_WORDS.has(word))
        )
      })
    })
    .map((said) => `not Korean: ${said}`)
}

/**
 * Every text, label and hint. Not what people or programs have written: names and messages (`dir`), code, and FCM's own
 * words, which are folded away and marked as English.
 */
function wordsOnPage(): string[] {
  const { document } = globalThis as unknown as { document: WalkedDocument }
  const texts: string[] = []
  const walker = document.createTreeWalker(document.body, 5)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.nodeType === 1 ? node : node.parentElement
    if (
      element === null ||
      element.closest('[dir="auto"], [lang="en"], code, pre, script, style, textarea, noscript')
    )
      continue
    if (node.nodeType === 3) texts.push(node.textContent)
    else for (const name of ['aria-label', 'title', 'placeholder']) texts.push(node.getAttribute(name) ?? '')
  }
  return texts.map((said) => said.trim()).filter((said) => said !== '')
}

interface WalkedNode {
  nodeType: number
  textContent: string
  parentElement: WalkedNode | null
  closest: (selector: string) => WalkedNode | null
  getAttribute: (name: string) => string | null
}

interface WalkedDocument {
  body: object
  createTreeWalker: (root: object, what: number) => { nextNode: () => WalkedNode | null }
}

function opacityOf(element: unknown): string {
  return (
    globalThis as unknown as { getComputedStyle: (of: unknown) => { opacity: string } }
  ).getComputedStyle(element).opacity
}

function open(details: unknown): void {
  ;(details as { open: boolean }).open = true
}

function nameOfFocused(): string {
  const { ariaLabel, textContent } = (
    globalThis as unknown as {
      document: { activeElement: { ariaLabel: string | null; textContent: string } }
    }
  ).document.activeElement
  return ariaLabel ?? textContent
}

function outlineOf(element: unknown): string {
  const { getComputedStyle } = globalThis as unknown as {
    getComputedStyle: (of: unknown) => { outlineStyle: string; outlineWidth: string }
  }
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  return `${outlineStyle} ${outlineWidth}`
}

interface Sizes {
  scrollWidth: number
  clientWidth: number
}

/** Nothing is being loaded any more. The live channel never ends, so the network is no measure. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor()
  await page.locator('main .mantine-Loader-root').first().waitFor({ state: 'detached' })
  // What is being read again is pale meanwhile.
  await page.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' })
}

/** Nobody looks at them where the tests run by themselves, and 145 pages take minutes. */
async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.CI) return
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true, animations: 'disabled' })
}
