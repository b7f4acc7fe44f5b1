/** What the page of a campaign says when it did not go well: the same on every panel, and never green. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { axeComplaints, openConsole } from './console.ts'
import { type Endings, makeEndings } from './endings.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({ devices: 4, dead: 0, workers: [] })
let endings: Endings

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  endings = await makeEndings(console.carillon.pool)
})

/** Waits for the last thing on the page that is asked for. */
async function open(page: Page, id: string): Promise<string> {
  await page.goto(`/campaigns/${id}`)
  await page.locator('main h1').first().waitFor()
  await page.locator('main .mantine-Loader-root').first().waitFor({ state: 'detached' })
  return (await page.locator('main').textContent()) ?? ''
}

const toneOf = (page: Page) => page.locator('main [data-tone][data-state]').first().getAttribute('data-tone')

test('everything failed: it says so, with the number, and offers to send to no more than those', async () => {
  const page = await console.signIn()
  const said = await open(page, endings.allFailed)
  expect(await toneOf(page)).toBe('bad')
  expect(said).toContain('Finished: nothing was sent')
  expect(said).toContain('Nothing was sent: all 2,790 devices failed.')
  expect(said).not.toMatch(/no results yet|No device was sent to|No failures/)
  // The plot shows the failures, at the rate of their answers.
  expect(said).toMatch(/Peak: \d+(\.\d)? per second/)

  const resend = await open(page, endings.resent)
  expect(resend).toContain('Resend to 2,790 devices that failed in an earlier campaign.')
  expect(resend).toContain('2,790 devices that failed in the original campaign')
  expect(resend).not.toContain('All devices')
  await page.getByRole('link', { name: 'Original: All failed' }).waitFor()
})

test.each([
  ['manyFailed', 'warning', '600 of 3,000 devices failed and did not get the message.'],
  ['allSkipped', 'warning', 'Nobody was sent to: all 1,000 devices were skipped.'],
  ['allInDoubt', 'warning', 'it is not known whether any of 1,000 devices got the message'],
  ['nobody', 'warning', 'The audience was empty: nothing was sent.'],
  ['canceledAtOnce', 'neutral', 'Canceled before anything was sent.'],
] as const)('%s is %s', async (name, tone, sentence) => {
  const page = await console.signIn()
  const said = await open(page, endings[name])
  expect(await toneOf(page)).toBe(tone)
  expect(said).toContain(sentence)
  expect(said).not.toMatch(/no results yet|being counted|not available/)
})

test('that results by device were deleted is said, where they are asked for', async () => {
  const page = await console.signIn()
  const said = await open(page, endings.expired)
  expect(said).toContain('This campaign is so old that its results by device were deleted.')
  expect(said).not.toMatch(/not available|Try again|Export CSV/)
  // Who did not get it is not known any more.
  expect(said).not.toContain('resend')
  expect(await page.getByRole('link', { name: 'Resend' }).count()).toBe(0)
  expect(await open(page, `${endings.expired}/resend`)).toContain('so it cannot be resent')
  const list = await open(page, `${endings.expired}/deliveries`)
  expect(list).toContain('Results by device were deleted')
  expect(list).not.toMatch(/Try again|Export CSV|no device has a result/)
})

test('a corrected text is not lost by leaving the page before a resend', async () => {
  const page = await console.signIn()
  await open(page, `${endings.manyFailed}/resend`)
  const title = page.getByRole('textbox', { name: 'Title' })
  const back = page.getByRole('link', { name: 'Many failed' })
  await back.click()
  await page.waitForURL(/campaigns\/[^/]*$/)
  await page.goBack()
  await title.fill('Doors open at nine')
  await back.click()
  await page.getByText('The corrected message would be lost. Nothing has been sent yet.').waitFor()
  await page.getByRole('button', { name: 'Stay' }).click()
  expect(await title.inputValue()).toBe('Doors open at nine')
  await back.click()
  await page.getByRole('button', { name: 'Leave without saving' }).click()
  await page.waitForURL(/campaigns\/[^/]*$/)
})

test('the values of the plot are there for the pointer and as a table, its limit and its markers with them', async () => {
  const page = await console.signIn()
  await open(page, endings.limited)
  const plot = page.getByRole('img', { name: /^Messages per second/ })
  const box = await plot.boundingBox()
  if (box === null) throw new Error('The plot is not drawn.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const figure = page.locator('figure', { has: plot })
  await figure.getByText('Total').waitFor()
  expect(await figure.textContent()).toMatch(/Rate limit 750/)
  expect(await figure.textContent()).toMatch(/Started \d\d:\d\d:\d\d/)
  await page.getByText('Show as table').click()
  await page.getByRole('region', { name: 'Messages per second' }).getByRole('row').nth(5).waitFor()
  await page.screenshot({ path: join(FOLDER, 'light-plot.png') })
  await page.getByText('Android settings').click()
  await page.getByText('"priority": "high"').waitFor()
})

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 390, height: 844 } },
  korean: { locale: 'ko-KR', timezoneId: 'Asia/Seoul' },
}

describe.each(Object.keys(LOOKS))('%s', (look) => {
  test('each ending is fit for a screen reader, and not wider than its window', async () => {
    const page = await console.openPage(LOOKS[look])
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill('a horse, a battery')
    await page.locator('button[type=submit]').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    const found: string[] = []
    for (const [name, id] of Object.entries(endings)) {
      for (const path of ['', '/resend']) {
        await open(page, `${id}${path}`)
        const file = join(FOLDER, `${look}-ending-${name}${path.replace('/', '-')}.png`)
        if (!process.env.CI) await page.screenshot({ path: file, fullPage: true, animations: 'disabled' })
        const over = await page.evaluate(() => {
          const root = (globalThis as unknown as { document: { documentElement: Sizes } }).document
            .documentElement
          return root.scrollWidth - root.clientWidth
        })
        if (over > 0) found.push(`${name}${path}: ${over} pixels wider than the window`)
        found.push(...(await axeComplaints(page)).map((complaint) => `${name}${path}: ${complaint}`))
      }
    }
    expect(found).toEqual([])
  }, 300_000)
})

interface Sizes {
  scrollWidth: number
  clientWidth: number
}
