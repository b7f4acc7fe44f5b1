/** What people do to members in the console: opt out and back in, edit, erase, and take lists out. */
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createCampaign } from '../support/factories.ts'
import { axeComplaints, openConsole } from './console.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({ devices: 30, dead: 0, workers: [], role: 'admin' })
const LONG = `customer-${'0123456789'.repeat(24)}-end`

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  const { pool } = console.carillon
  await console.addUser('otto', 'operator')
  await console.addUser('vera', 'viewer')
  await pool.query(
    `UPDATE members SET locale = 'ko-KR', timezone = 'Asia/Seoul', attributes = '{"plan": "gold", "visits": 12}'`,
  )
  await pool.query(`UPDATE members SET external_id = $1 WHERE external_id = 'm30'`, [LONG])
  await pool.query(`UPDATE members SET external_id = '김철수' WHERE external_id = 'm29'`)
})

const open = async (page: Page, id: string) => {
  await page.goto(`/members/${encodeURIComponent(id)}`)
  await page.getByRole('heading', { name: id, exact: true }).waitFor()
  await page
    .getByText('Devices', { exact: true })
    .or(page.getByText('기기', { exact: true }))
    .first()
    .waitFor()
}
const inDialog = (page: Page, name: string) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true })
const shoot = (page: Page, name: string) =>
  page.screenshot({ path: join(FOLDER, `members-${name}.png`), fullPage: true, animations: 'disabled' })

test('an operator opts a member out as of the day they said so, and back in; it is there to read', async () => {
  const page = await console.signIn({ name: 'otto' }, /status of 409/)
  await open(page, 'm1')
  await page.getByText('No statement recorded', { exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Erase' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Opt out' }).click()
  await page.getByLabel('When did they say so?').fill('2026-01-05T10:30')
  await inDialog(page, 'Opt out').click()
  await page.getByText(/Opted out on .*Jan.*2026.* \(recorded by otto\)/).waitFor()
  await page.getByText('Does not receive campaigns until they opt in again.').waitFor()
  const { rows } = await console.carillon.pool.query(
    `SELECT consent_at, consent_source, opted_out_at IS NOT NULL AS out FROM members WHERE external_id = 'm1'`,
  )
  // Half past ten in Vienna.
  expect(rows).toEqual([
    { consent_at: new Date('2026-01-05T09:30:00Z'), consent_source: 'person', out: true },
  ])
  await page.getByRole('button', { name: 'Opt back in' }).click()
  await page.getByLabel('When did they say so?').fill('2025-12-01T08:00')
  await inDialog(page, 'Opt back in').click()
  await page
    .getByRole('alert')
    .getByText(/The later statement decides/)
    .waitFor()
  await page.getByLabel('When did they say so?').fill('')
  await inDialog(page, 'Opt back in').click()
  await page.getByText(/Opted in on .*\(recorded by otto\)/).waitFor()
  await page.getByText(/^.*, by otto$/).waitFor()
}, 120_000)

test('attributes are edited as JSON; what is no JSON is said, and what somebody else did is shown', async () => {
  const page = await console.signIn({}, /status of 412/)
  await open(page, 'm2')
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Language' }).fill('de_at')
  const attributes = page.getByLabel('Attributes')
  await attributes.fill('{"plan": }')
  await inDialog(page, 'Save').click()
  await page.getByText('This is not valid JSON. Check quotes and commas.').waitFor()
  await attributes.fill('["gold"]')
  await page.getByText(/Attributes are an object/).waitFor()
  await attributes.fill('{"plan": "free"}')
  const answer = await fetch(`${console.carillon.apiUrl}/v1/members/m2`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${await console.apiKey('nightly job')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ attributes: { plan: 'platinum' } }),
  })
  expect(answer.status).toBe(200)
  await inDialog(page, 'Save').click()
  const alert = page.getByRole('alert')
  await alert.getByText('Someone else changed this member').waitFor()
  await alert.getByText('"platinum"').waitFor()
  await alert.getByText(/by nightly job/).waitFor()
  expect(await attributes.inputValue()).toBe('{"plan": "free"}')
  await shoot(page, 'changed-meanwhile')
  await inDialog(page, 'Save').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByText('de-AT').waitFor()
  await page.getByText('free', { exact: false }).first().waitFor()
})

test('what cannot be saved is said at its field, and Escape does not throw away what was typed', async () => {
  const page = await console.signIn({}, /status of 400/)
  await open(page, 'm7')
  await page.getByText('Token …').first().waitFor()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const language = page.getByRole('textbox', { name: 'Language' })
  await language.fill('Klingon!')
  await inDialog(page, 'Save').click()
  await page.getByText('This is not a language tag.').waitFor()
  expect(await language.getAttribute('aria-invalid')).toBe('true')
  await language.fill('ko')
  await page.getByText('This is not a language tag.').waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Time zone' }).fill('Mars/Base')
  await inDialog(page, 'Save').click()
  await page.getByText('This is not a time zone.').waitFor()
  await page.keyboard.press('Escape')
  expect(await language.inputValue()).toBe('ko')
  await inDialog(page, 'Cancel').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  // Nothing typed: it closes.
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test.each(['0026-01-05T10:30', '2999-01-05T10:30'])('nobody opts out at %s', async (time) => {
  const page = await console.signIn({ name: 'otto' })
  await open(page, 'm8')
  await page.getByRole('button', { name: 'Opt out' }).click()
  await page.getByLabel('When did they say so?').fill(time)
  await inDialog(page, 'Opt out').click()
  await page.getByText('This time is in the future, or before there were push notifications.').waitFor()
  const { rows } = await console.carillon.pool.query(
    `SELECT consent_at, opted_out_at FROM members WHERE external_id = 'm8'`,
  )
  expect(rows).toEqual([{ consent_at: null, opted_out_at: null }])
})

test('an admin erases a member by typing the id, and it is gone from the list and from drafts', async () => {
  const { pool } = console.carillon
  const draft = await createCampaign(pool, { name: 'Two people', audience: { externalIds: ['m3', 'm4'] } })
  const page = await console.signIn({}, /status of 404/)
  await open(page, 'm3')
  await page.getByRole('button', { name: 'Erase' }).click()
  expect(await inDialog(page, 'Erase').isDisabled()).toBe(true)
  await page.getByLabel('Type the external ID to confirm').fill('m33')
  expect(await inDialog(page, 'Erase').isDisabled()).toBe(true)
  await page.getByLabel('Type the external ID to confirm').fill('m3')
  await inDialog(page, 'Erase').click()
  await page.getByText('Erased, with 1 device, and removed from 1 campaign.').waitFor()
  await page.waitForURL('**/members')
  await page.goto('/members/m3')
  await page.getByText('No such member').waitFor()
  const { rows } = await pool.query('SELECT audience FROM campaigns WHERE id = $1', [draft])
  expect(rows).toEqual([{ audience: { externalIds: ['m4'] } }])
})

test('an erasure that fails says so, and can be tried again', async () => {
  const page = await console.signIn({}, /status of 503/)
  await open(page, 'm5')
  let calls = 0
  await page.route('**/v1/members/m5', async (route) => {
    if (route.request().method() !== 'DELETE') return route.continue()
    calls += 1
    const code = calls === 1 ? 'erasure_unfinished' : 'database_slow'
    await route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        status: 503,
        code,
        title: 't',
        detail: 'The database is slow.',
        requestId: 'r-1',
      }),
    })
  })
  await page.getByRole('button', { name: 'Erase' }).click()
  await page.getByLabel('Type the external ID to confirm').fill('m5')
  await inDialog(page, 'Erase').click()
  await page.getByRole('alert').getByText('The database is slow.').waitFor()
  expect(calls).toBe(2)
  await shoot(page, 'erase-failing')
  await page.unroute('**/v1/members/m5')
  await inDialog(page, 'Erase').click()
  await page.getByText(/^Erased, with 1 device/).waitFor()
})

test('lists are downloaded by those who may have them, for Excel', async () => {
  const download = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    const coming = page.waitForEvent('download')
    await page.getByRole('menuitem', { name }).click()
    const file = await coming
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
  }
  const admin = await console.signIn()
  await admin.goto('/members')
  const full = await download(admin, 'All devices with full addresses')
  expect(full.name).toBe('devices-addresses.csv')
  expect(full.text).toMatch(/^\ufeffaddress,kind,externalId/)
  expect(full.text).toContain(console.carillon.tokens[0])
  await admin.getByRole('button', { name: 'Export', exact: true }).click()
  await admin.getByRole('menuitem').first().waitFor()
  await shoot(admin, 'export-menu')

  const viewer = await console.signIn({ name: 'vera' })
  await viewer.goto('/members')
  const masked = await download(viewer, 'All devices (CSV)')
  expect(masked.text).not.toContain(console.carillon.tokens[0])
  await viewer.getByRole('button', { name: 'Export', exact: true }).click()
  await viewer.getByRole('menuitem').first().waitFor()
  expect(await viewer.getByRole('menuitem', { name: /full addresses/ }).count()).toBe(0)
  await open(viewer, 'm6')
  for (const name of ['Opt out', 'Edit', 'Erase']) {
    expect(await viewer.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  }
})

const LOOKS: Record<string, BrowserContextOptions> = {
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 } },
  korean: { locale: 'ko-KR', timezoneId: 'Asia/Seoul' },
  'korean-narrow': { locale: 'ko-KR', timezoneId: 'Asia/Seoul', viewport: { width: 360, height: 740 } },
}

describe.each(Object.keys(LOOKS))('%s', (look) => {
  test('the dialogs are fit for a screen reader, and none is wider than its window', async () => {
    const isKorean = look.startsWith('korean')
    const page = await console.openPage(LOOKS[look])
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill('a horse, a battery')
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/\/$/)
    const said = isKorean
      ? { consent: '수신 거부 처리', edit: '수정', erase: '개인정보 삭제' }
      : { consent: 'Opt out', edit: 'Edit', erase: 'Erase' }
    for (const id of ['김철수', LONG]) {
      await open(page, id)
      const what = id === LONG ? 'long' : 'short'
      await shoot(page, `${look}-${what}`)
      for (const [dialog, name] of Object.entries(said)) {
        await page.getByRole('button', { name, exact: true }).click()
        await page.getByRole('dialog').waitFor()
        await shoot(page, `${look}-${what}-${dialog}`)
        expect(await axeComplaints(page), `${dialog}, ${what}`).toEqual([])
        const over = await page.evaluate(
          `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
        )
        expect(over, `${dialog}, ${what}`).toBe(0)
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
    }
  }, 180_000)
})
