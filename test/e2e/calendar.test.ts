/** The calendar: what was sent, is scheduled and recurs, by mouse and by keyboard, and what stands against a time. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createCampaign, totalsOf } from '../support/factories.ts'
import { until } from '../support/until.ts'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({ devices: 4, dead: 0, workers: [], env: { CAPS: 'rolling_4h:3' } })
const at = (day: number, clock: string) => new Date(`2030-12-${String(day).padStart(2, '0')}T${clock}:00Z`)
const scheduled = (name: string, day: number, clock: string) => ({
  ...{ name, state: 'scheduled' as const, scheduled_at: at(day, clock), message: { title: name } },
})
let first = ''
let schedule = ''

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  const { pool } = console.carillon
  first = await createCampaign(pool, scheduled('Advent 공지', 3, '10:05'))
  await createCampaign(pool, scheduled('오늘의 특가', 3, '10:12'))
  await createCampaign(pool, scheduled('Flash sale', 4, '19:00'))
  for (let n = 0; n < 12; n++) await createCampaign(pool, scheduled(`Wave ${n}`, 10, `${10 + n}:07`))
  const local = { late: 'skip', unknown_zone: 'default', default_zone: 'Asia/Seoul' } as const
  await createCampaign(pool, {
    ...scheduled('Christmas Eve', 24, '06:00'),
    ...{ ...local, local_at: '2030-12-24T20:00', local_since: new Date() },
  })
  const counts = {
    audience_size: 1_234_567,
    totals: totalsOf({ sent: 1_230_000, failed: 4_000, skipped: 567 }),
  }
  const done = { closed_at: new Date('2025-12-03T11:00:00Z'), is_planned: true, ...counts }
  await createCampaign(pool, {
    ...{ name: 'Last year', state: 'finished', started_at: new Date('2025-12-03T10:05:00Z'), ...done },
  })
  const key = await console.apiKey('bob')
  const answer = await fetch(`${console.carillon.apiUrl}/v1/schedules`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ name: 'Weekly letter', message: { title: 'News' }, audience: { all: true } },
      ...{ rule: { every: 'week', on: ['fri'], at: '18:20' }, timezone: 'Europe/Vienna' },
    }),
  })
  schedule = ((await answer.json()) as { id: string }).id
})

test('a month shows each on its day, and leads to it', async () => {
  const page = await console.signIn()
  const navigation = page.getByRole('navigation', { name: 'Main navigation' })
  await navigation.getByRole('link', { name: 'Calendar', exact: true }).click()
  await page.getByRole('heading', { name: 'Calendar' }).waitFor()
  await page.goto('/calendar?day=2030-12-03')
  await page.getByRole('heading', { name: 'December 2030' }).waitFor()
  await page.getByText('2 starts are within 15 minutes of another').waitFor()
  await page.getByText('Times in Central European Time').waitFor()
  // In Vienna it is an hour later, and what starts near it is named.
  await page
    .getByRole('link', { name: /^11:05 · Advent 공지 · Scheduled · Within 15 minutes of “오늘의 특가”/ })
    .click()
  await page.waitForURL(new RegExp(first))
  await page.goBack()
  await page.getByText('2 starts are within 15 minutes of another').waitFor()
  expect(await page.getByRole('link', { name: /18:20 · Weekly letter · Recurring/ }).count()).toBe(6)
  await page
    .getByRole('link', { name: /18:20 · Weekly letter/ })
    .first()
    .click()
  await page.waitForURL(new RegExp(schedule))
  // A day with many leads to the list of that day.
  await page.goto('/calendar?day=2030-12-10')
  await page.getByRole('link', { name: '9 more on Dec 10' }).click()
  await page.getByRole('heading', { name: 'Tue, Dec 10, 2030' }).waitFor()
  await page.getByRole('link', { name: 'Wave 11' }).waitFor()
  expect(await page.getByRole('listitem').filter({ hasText: 'Wave' }).count()).toBe(12)
  await page.getByRole('link', { name: 'Back to December 2030' }).click()
  await page.getByText('Week', { exact: true }).click()
  await page.getByText('Mon, Dec 9, 2030 – Sun, Dec 15, 2030').waitFor()
  await page.getByRole('button', { name: 'Next week' }).click()
  await page.waitForURL(/day=2030-12-17/)
  await page.goto('/calendar?view=list&day=2025-12-01')
  await page.getByText('1,230,000 sent · 4,000 failed · 567 skipped · 0 in doubt').waitFor()
})

test('the arrow keys go from day to day, Enter opens the day, and C starts a campaign on it', async () => {
  const page = await console.signIn()
  await page.goto('/calendar?day=2030-12-30')
  const focused = () => page.evaluate(labelOfFocused)
  await page.getByRole('link', { name: /^Mon, Dec 30, 2030/ }).focus()
  await page.keyboard.press('ArrowRight')
  await until(async () => (await focused())?.includes('Tue, Dec 31'), { what: 'the next day' })
  await page.keyboard.press('ArrowDown')
  // It is in another month.
  await page.getByRole('heading', { name: 'January 2031' }).waitFor()
  await until(async () => (await focused())?.includes('Tue, Jan 7'), { what: 'a week later' })
  await page.keyboard.press('Home')
  await until(async () => (await focused())?.includes('Mon, Jan 6'), { what: 'the first of the week' })
  await page.keyboard.press('PageUp')
  await until(async () => (await focused())?.includes('Fri, Dec 6'), { what: 'the month before' })
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Fri, Dec 6, 2030' }).waitFor()
  await page.goBack()
  await page.getByRole('link', { name: /^Fri, Dec 6, 2030/ }).press('c')
  await page.waitForURL(/\/campaigns\/new\?day=2030-12-06/)
  await page.getByLabel('Title', { exact: true }).fill('Sinterklaas')
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: /When and review/ }).click()
  expect(await page.getByLabel('Date', { exact: true }).inputValue()).toBe('2030-12-06')
})

test('whoever schedules a campaign is told what stands against the time, and takes another with one press', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns/new?day=2030-12-03')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Title', { exact: true }).fill('Third')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: /When and review/ }).click()
  await page.getByLabel('Time', { exact: true }).fill('11:00')
  await page.getByText('Within 15 minutes of “Advent 공지” and “오늘의 특가”').waitFor()
  await page.getByText('11:00 is a busy time.').waitFor()
  await page.getByRole('button', { name: 'Use 11:27 instead' }).click()
  expect(await page.getByLabel('Time', { exact: true }).inputValue()).toBe('11:27')
  await page.getByText('is a busy time').waitFor({ state: 'detached' })
  // Nothing is refused because of a hint.
  await page.getByLabel('Time', { exact: true }).fill('11:12')
  await page.getByText('Within 15 minutes of').waitFor()
  await page.getByRole('button', { name: /^Schedule for/ }).click()
  await page.getByText('Scheduled', { exact: true }).first().waitFor()
})

test('whoever schedules a campaign for people who will have reached the cap is told so, and how many have reached it now', async () => {
  await console.carillon.pool.query(
    `INSERT INTO member_uses (member_id, campaign_ids, device_ids, used_at, in_doubt)
     SELECT min(id), ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], '{1,1,1}', array_fill(now(), ARRAY[3]), '{f,f,f}'
     FROM members`,
  )
  const page = await console.signIn()
  await page.goto('/campaigns/new?day=2030-12-10')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Title', { exact: true }).fill('Thirteenth')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: /When and review/ }).click()
  await page.getByLabel('Time', { exact: true }).fill('14:40')
  await page
    .getByText(
      'Most members will be skipped: after “Wave 3”, “Wave 2”, and “Wave 1” they have had all 3 campaigns that the cap allows in any 4 hours.',
    )
    .waitFor()
  await page.getByText('1 device is of members who have reached the frequency cap').waitFor()
  await shoot(page, 'calendar-cap')
  await page.getByText('Advanced').first().click()
  await page.getByLabel('Send to members who have reached the cap as well').check()
  await page.getByText('Most members will be skipped').waitFor({ state: 'detached' })
})

test('what the server does not say is not shown as nothing', async () => {
  const page = await console.signIn({}, /Failed to load resource/)
  let isBroken = true
  await page.route(/\/v1\/calendar\?/, (route) =>
    isBroken ? route.fulfill({ status: 500, body: '{}' }) : route.continue(),
  )
  await page.goto('/calendar?day=2030-12-03')
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('table').count()).toBe(0)
  await shoot(page, 'calendar-failing')
  isBroken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('link', { name: /^11:05 · Advent/ }).waitFor()
  isBroken = true
  await page
    .getByText(/Not up to date|As of/)
    .first()
    .waitFor({ timeout: 40_000 })
  await shoot(page, 'calendar-stale')
  await page.getByRole('link', { name: /^11:05 · Advent/ }).waitFor()
}, 90_000)

const LOOKS: Record<string, BrowserContextOptions> = {
  light: {},
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 390, height: 844 } },
  korean: { locale: 'ko-KR', timezoneId: 'Asia/Seoul' },
  'korean-narrow': { locale: 'ko-KR', timezoneId: 'Asia/Seoul', viewport: { width: 390, height: 844 } },
}

describe.each(Object.entries(LOOKS))('%s', (look, options) => {
  test('every view is fit for a screen reader, and not wider than its window', async () => {
    await fillMonth()
    const page = await console.openPage(options)
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    const found: string[] = []
    const paths = {
      month: '/calendar?day=2030-12-03',
      week: '/calendar?view=week&day=2030-12-10',
      list: '/calendar?view=list&day=2030-12-03',
      day: '/calendar?view=day&day=2030-12-03',
      full: '/calendar?day=2031-03-10',
      today: '/calendar',
      empty: '/calendar?view=list&day=2020-02-01',
    }
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      await page.locator('main h2').first().waitFor()
      await page.locator('main .mantine-Loader-root').first().waitFor({ state: 'detached' })
      await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' })
      await shoot(page, `${look}-calendar-${name}`)
      const over = await page.evaluate(widerBy)
      if (over > 0) found.push(`${name}: ${over} pixels wider than the window`)
      found.push(...(await axeComplaints(page)).map((complaint) => `${name}: ${complaint}`))
    }
    expect(found).toEqual([])
    if (look === 'narrow') {
      // A month has no room beside itself: it is a list.
      await page.goto('/calendar?day=2030-12-03')
      await page.getByRole('region', { name: 'Tue, Dec 3, 2030' }).waitFor()
      expect(await page.getByRole('table').count()).toBe(0)
    }
    if (look === 'korean') {
      await page.goto('/calendar?day=2030-12-03')
      // Weeks begin with Sunday.
      expect(await page.locator('thead th').first().textContent()).toBe('일')
      await page.getByText('15분 이내에 겹치는 발송').waitFor()
    }
  }, 120_000)
})

let isFull = false
/** Three hundred campaigns in March 2031. */
async function fillMonth(): Promise<void> {
  if (isFull) return
  isFull = true
  await console.carillon.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, scheduled_at)
     SELECT gen_random_uuid(), 'Campaign number ' || n || ' of many', '{"title": "x"}', '{"all": true}',
       (ARRAY['scheduled', 'scheduled', 'canceled'])[1 + n % 3]::campaign_state, timestamptz '2031-03-01 06:00Z' + n * interval '145 min'
     FROM generate_series(1, 300) n`,
  )
}

async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.CI) return
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true, animations: 'disabled' })
}

function widerBy(): number {
  const { documentElement: root } = (
    globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
  ).document
  return root.scrollWidth - root.clientWidth
}

function labelOfFocused(): string | null {
  return (globalThis as unknown as { document: { activeElement: { textContent: string | null } } }).document
    .activeElement.textContent
}
