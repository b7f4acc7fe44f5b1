/** A campaign is made to recur, its runs are left out and sent early, and two people meet on it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createCampaign } from '../support/factories.ts'
import { until } from '../support/until.ts'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'

const DEVICES = 40
const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({
  devices: DEVICES,
  dead: 0,
  env: { FCM_RAMP_SECONDS: 0, CONFIRM_AUDIENCE_ABOVE: 10 },
})
let campaign = ''
let key = ''

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  key = await console.apiKey('bob')
  campaign = await createCampaign(console.carillon.pool, {
    name: '오늘의 특가',
    message: { title: '오늘의 특가', body: '저녁 8시에 시작합니다' },
  })
})

async function call<T>(method: string, path: string, body: object, ifMatch?: string): Promise<T> {
  const answer = await fetch(`${console.carillon.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

/** A schedule through the API, as another person would make it. */
async function makeSchedule(name: string): Promise<string> {
  const { id } = await call<{ id: string }>('POST', '/v1/schedules', {
    name,
    message: { title: 'Daily deal' },
    audience: { all: true },
    rule: { every: 'day', at: '20:00' },
    timezone: 'Asia/Seoul',
    confirmAudience: DEVICES,
  })
  return id
}

test('a campaign is made to recur, and a run of it is left out, taken in again and sent early', async () => {
  const page = await console.signIn({}, /status of (428|400)/)
  await page.goto(`/campaigns/${campaign}`)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Make recurring…' }).click()
  await page.getByText('Every week', { exact: true }).click()
  await page.getByLabel('Monday').uncheck()
  // Without a day there is nothing to make.
  await until(async () => page.getByRole('button', { name: 'Create' }).isDisabled(), { what: 'no weekday' })
  await page.getByLabel('Friday').check()
  await page.getByLabel('Time', { exact: true }).fill('19:30')
  await until(async () => (await page.getByRole('listitem').filter({ hasText: '19:30' }).count()) === 5, {
    what: 'five runs',
  })
  // The server says what is wrong, at once.
  await page.getByLabel('Last day').fill('2020-01-01')
  await page.getByText(/The schedule never runs: endsOn is 2020-01-01/).waitFor()
  await page.getByLabel('Last day').fill('')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByLabel(`Type the number of devices to confirm: ${DEVICES}`).fill(String(DEVICES))
  await page.getByRole('button', { name: 'Create' }).click()

  await page.getByRole('heading', { name: '오늘의 특가', level: 1 }).waitFor()
  await page.getByText('Every Friday at 19:30').waitFor()
  const first = page.getByRole('listitem').filter({ hasText: '19:30' }).first()
  await first.getByRole('button', { name: 'Leave out' }).click()
  await first.getByText('Left out').waitFor()
  await first.getByRole('button', { name: 'Take in again' }).click()
  await first.getByRole('button', { name: 'Send now…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Send now' }).click()
  await dialog.getByLabel(/Type the number of devices/).fill(String(DEVICES))
  await dialog.getByRole('button', { name: 'Send now' }).click()
  await page.getByText(/A run of a recurring campaign, planned for/).waitFor()
  await until(() => console.carillon.fcm.stats().distinct === DEVICES, { what: 'all devices' })
  expect(console.carillon.fcm.stats().duplicates).toBe(0)
  await page.getByRole('link', { name: 'Recurring: 오늘의 특가' }).click()
  await page.getByText('Sent as a campaign by ada').waitFor()
})

test('it is begun on its own page, and its message and audience are edited there', async () => {
  const id = await makeSchedule('To be edited')
  const page = await console.signIn({}, /status of (428|412)/)
  await page.goto('/schedules')
  await page.getByRole('link', { name: 'Make recurring' }).click()
  await page
    .getByText(/^Choose the campaign that is to recur/)
    .first()
    .waitFor()
  await page.getByRole('link', { name: '오늘의 특가', exact: true }).click()
  await page.getByText(/Each run is a campaign of its own/).waitFor()
  await page.getByText('Cron', { exact: true }).click()
  await page.getByLabel('Cron expression').fill('0 20 * * 1-5')
  await page.getByText(/^Every Monday, Tuesday, Wednesday, Thursday, and Friday at 20:00 \(/).waitFor()

  await page.goto(`/schedules/${id}`)
  await page.getByRole('button', { name: 'Edit message…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Title', { exact: true }).fill('Daily deal, better')
  expect(await dialog.getByRole('button', { name: 'Save' }).isEnabled()).toBe(true)
  await call('PATCH', `/v1/schedules/${id}`, { priority: 4 }, '"1"')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText(/Somebody else has changed it/).waitFor()
  // What was typed is still there, and nothing but that is saved.
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Daily deal, better').waitFor()
  await page.getByRole('button', { name: 'Edit message…' }).click()
  await dialog.getByLabel('Specific members').check()
  await dialog.getByLabel('External IDs').fill('m1')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  const { rows } = await console.carillon.pool.query(
    'SELECT priority, message, audience FROM schedules WHERE id = $1',
    [id],
  )
  expect(rows).toEqual([
    { priority: 4, message: { title: 'Daily deal, better' }, audience: { externalIds: ['m1'] } },
  ])
})

test('what somebody else has changed meanwhile is said before it is changed again', async () => {
  const id = await makeSchedule('Two people')
  const page = await console.signIn({}, /status of 412/)
  await page.goto(`/schedules/${id}`)
  await page.getByRole('button', { name: 'Edit times…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Time', { exact: true }).fill('21:15')
  await call('PATCH', `/v1/schedules/${id}`, { rule: { every: 'day', at: '18:00' } }, '"1"')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText(/Somebody else has changed it.*Every day at 18:00/).waitFor()
  // Now it has been seen.
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Every day at 21:15').waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('No runs while it is paused.').waitFor()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('button', { name: 'End…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
  await page.getByText('There are no more runs.').waitFor()
})

const LOOKS: Record<string, BrowserContextOptions> = {
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 390, height: 844 } },
  korean: { locale: 'ko-KR', timezoneId: 'Asia/Seoul' },
}

describe.each(Object.entries(LOOKS))('%s', (look, options) => {
  test('the pages are fit for a screen reader, and not wider than their window', async () => {
    const id = await makeSchedule(`Deal ${look}`)
    const page = await console.openPage(options)
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    const found: string[] = []
    const paths = {
      list: '/schedules',
      one: `/schedules/${id}`,
      new: `/schedules/new?from=${campaign}`,
      none: '/schedules/new',
    }
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      await page.locator('main h1').first().waitFor()
      await page.locator('main .mantine-Loader-root').first().waitFor({ state: 'detached' })
      if (name === 'new') await page.getByRole('listitem').nth(4).waitFor()
      if (!process.env.CI) {
        await page.screenshot({
          path: join(FOLDER, `${look}-schedule-${name}.png`),
          fullPage: true,
          animations: 'disabled',
        })
      }
      const over = await page.evaluate(() => {
        const root = (globalThis as unknown as { document: { documentElement: Sizes } }).document
          .documentElement
        return root.scrollWidth - root.clientWidth
      })
      if (over > 0) found.push(`${name}: ${over} pixels wider than the window`)
      found.push(...(await axeComplaints(page)).map((complaint) => `${name}: ${complaint}`))
    }
    expect(found).toEqual([])
  }, 120_000)
})

interface Sizes {
  scrollWidth: number
  clientWidth: number
}
