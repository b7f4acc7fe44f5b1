/** What an operator does to a campaign that is on its way, and what they see of it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { expectReconciledCounts } from '../support/counts.ts'
import { createCampaign } from '../support/factories.ts'
import { until } from '../support/until.ts'
import { openConsole } from './console.ts'

const DEVICES = 400
const DEAD = 8
const LIVE = DEVICES - DEAD
const console = openConsole({
  devices: DEVICES,
  dead: DEAD,
  env: { DISPATCH_CONCURRENCY: 20, ERROR_PAUSE_PERCENT: 100, RAMP_SECONDS: 0 },
})

/** A button of the page that acts at once. What is said of it goes away by itself: it is waited for from before on. */
async function pressOnce(page: Page, name: string, said: RegExp): Promise<void> {
  await Promise.all([page.getByText(said).waitFor(), page.getByRole('button', { name, exact: true }).click()])
}

/** A button of the page, and then the one of the same name that confirms. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

/** What is said of a press goes away by itself after a while: it is waited for from before on. */
async function pressAndRead(page: Page, name: string, said: RegExp): Promise<void> {
  await Promise.all([page.getByText(said).waitFor(), press(page, name)])
}

/** The figures on the page, which must add up. */
async function figures(page: Page): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const figure of await page.locator('main dl > [data-part]').all()) {
    const name = (await figure.getByRole('term').textContent())?.trim()
    const count = await figure.getByRole('definition').first().textContent()
    if (name && count) found[name] = Number(count.replace(/\D/g, ''))
  }
  return found
}

/** Sends again to just those whose box or circle this is, on the page for it. */
async function resend(page: Page, who: RegExp, count: number): Promise<void> {
  await page.getByRole('link', { name: 'Resend', exact: true }).click()
  await page.getByRole('heading', { name: 'Resend', exact: true }).waitFor()
  const choice = page.getByLabel(who).first()
  await choice.waitFor()
  if (!(await choice.isChecked())) await choice.check()
  const read = page.getByLabel('I have read the text')
  if ((await read.count()) > 0) await read.check()
  await page.getByRole('button', { name: `Resend to ${count} devices` }).click()
}

/** Holds every message at FCM, until it is opened or the test is over: a gate left shut would fail the next one. */
function hold() {
  const gate = console.carillon.fcm.hold()
  onTestFinished(() => gate.open())
  return gate
}

async function finished(page: Page): Promise<void> {
  await page.getByText('Finished', { exact: true }).first().waitFor()
}

test('paused in mid-send it says what is in flight, and resumed it goes on to the end', async () => {
  const gate = hold()
  const page = await console.signIn()
  const id = await console.carillon.send({ name: 'Doors open' })
  await page.goto(`/campaigns/${id}`)
  await gate.waitForHeld(20)
  await page.getByText('Live', { exact: true }).waitFor()
  await pressOnce(page, 'Pause', /Paused\. [\d,]+ messages? (was|were) in flight/)
  gate.open()
  await page.getByText('Paused', { exact: true }).first().waitFor()
  await press(page, 'Resume')
  await finished(page)
  await page.getByText('Final', { exact: true }).waitFor()
  expect(await figures(page)).toMatchObject({ Audience: DEVICES, Sent: LIVE, Failed: DEAD })
  await expectReconciledCounts(console.carillon, id)
})

test('canceled in mid-send, the page says how many did not get it, and sends again to just those', async () => {
  const gate = hold()
  const page = await console.signIn()
  const id = await console.carillon.send({ name: 'Wrong text' })
  await page.goto(`/campaigns/${id}`)
  await gate.waitForHeld(20)
  await pressAndRead(page, 'Cancel campaign', /Canceled\. [\d,]+ messages? (was|were) in flight/)
  gate.open()
  await page.getByText('Final', { exact: true }).waitFor()
  const { Canceled = 0, Sent = 0, Failed = 0 } = await figures(page)
  expect(Canceled).toBeGreaterThan(0)
  expect(Canceled + Sent + Failed).toBe((await console.carillon.counts(id)).size)

  await resend(page, /Canceled: /, Canceled)
  await page
    .getByText(/Resend to (\d+ )?devices that were canceled in an earlier campaign/)
    .first()
    .waitFor()
  await finished(page)
  expect((await figures(page)).Audience).toBe(Canceled)
  const again = page.url().split('/').at(-1) ?? ''
  expect(again).not.toBe(id)
  await expectReconciledCounts(console.carillon, again)
})

test('a cancel is undone in time, and sending goes on to everybody', async () => {
  const gate = hold()
  const page = await console.signIn()
  const id = await console.carillon.send({ name: 'Canceled by mistake' })
  await page.goto(`/campaigns/${id}`)
  await gate.waitForHeld(20)
  await press(page, 'Cancel campaign')
  await page.getByText('Canceled. Nothing more is sent.').waitFor()
  expect(await page.getByRole('button', { name: 'Resume', exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The cancel is undone.').waitFor()
  gate.open()
  await page.getByText('Final', { exact: true }).waitFor()
  const { Canceled = 0 } = await figures(page)
  expect(Canceled).toBe(0)
  await expectReconciledCounts(console.carillon, id)
})

test('a deleted draft is there again after Undo, and the way back keeps the filter of the list', async () => {
  const page = await console.signIn()
  const id = await createCampaign(console.carillon.pool, { name: 'Typed for an hour' })
  await page.goto('/campaigns?search=typed')
  await page.getByRole('link', { name: 'Typed for an hour' }).click()
  await page.getByRole('button', { name: 'More actions' }).click()
  const answers = Promise.withResolvers<void>()
  onTestFinished(() => answers.resolve())
  await page.route(/\/v1\/campaigns\?/, async (route) => {
    await answers.promise
    await route.continue()
  })
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.waitForURL(/\/campaigns\?search=typed$/)
  await page.getByLabel('Search by name').waitFor()
  expect(await page.getByRole('link', { name: 'Typed for an hour' }).count()).toBe(0)
  answers.resolve()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.waitForURL(new RegExp(`/campaigns/${id}$`))
  await page.getByRole('heading', { name: 'Typed for an hour' }).waitFor()
  await page.getByRole('main').getByRole('link', { name: 'Campaigns' }).click()
  await page.waitForURL(/\/campaigns\?search=typed$/)
})

test('what somebody else has changed is shown before it is resumed, and asked about again', async () => {
  const page = await console.signIn({}, /status of 412/)
  const id = await createCampaign(console.carillon.pool, {
    name: 'Two at once',
    state: 'paused',
    is_planned: true,
    audience_size: 0,
  })
  await page.goto(`/campaigns/${id}`)
  const current = await page.evaluate(async (url) => (await fetch(url)).json(), `/v1/campaigns/${id}`)
  const now = {
    ...(current as object),
    version: 7,
    changedByName: 'grace',
    message: { title: 'Other words' },
  }
  const versions: (string | null)[] = []
  await page.route(/\/resume$/, async (route) => {
    versions.push(await route.request().headerValue('if-match'))
    await route.fulfill({
      status: 412,
      contentType: 'application/problem+json',
      json: { code: 'version_conflict', status: 412, detail: 'It has another version.', current: now },
    })
  })
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('grace has changed this campaign meanwhile').waitFor()
  await dialog.getByRole('cell', { name: 'Other words' }).waitFor()
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click()
  await until(() => versions.length === 2, { what: 'it is asked for again, in the version that was shown' })
  expect(versions[1]).toMatch(/^"7[-"]/)
})

test('a member’s result is found, with each time it was tried, and the list is exported', async () => {
  const page = await console.signIn()
  const { pool } = console.carillon
  await pool.query(`UPDATE devices SET state = 'active', gone_at = NULL, gone_code = NULL`)
  const id = await console.carillon.send({ name: 'Who got it?' })
  await page.goto(`/campaigns/${id}`)
  await finished(page)
  await page
    .getByText(/removed from the device/)
    .first()
    .waitFor()
  await page.getByRole('link', { name: 'Results by device' }).click()
  await page.getByLabel('Member').fill('m1')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.waitForURL(/member=m1/)
  const details = page.getByRole('button', { name: /^Details of device/ })
  // The rows of before stay until the new ones are there.
  await until(async () => (await details.count()) === 1, { what: 'only this member is listed' })
  await details.click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('Delivery history').waitFor()
  await drawer.getByText('Attempt 1').waitFor()
  await page.keyboard.press('Escape')

  await page.goto(`/campaigns/${id}/deliveries`)
  await page.getByLabel('Result', { exact: true }).selectOption('failed')
  const coming = page.waitForEvent('download')
  await page.getByText('Export CSV').click()
  const file = await readFile(await (await coming).path(), 'utf8')
  const lines = file.trim().split(/\r?\n/)
  expect(lines).toHaveLength(1 + DEAD)
  expect(lines[0]).toContain('externalId')
  expect(lines.slice(1).every((line) => line.includes('unregistered'))).toBe(true)

  // Sent again to just those, who have registered anew meanwhile, with tokens that are as dead.
  await pool.query(`UPDATE devices SET state = 'active', gone_at = NULL, gone_code = NULL`)
  await page.goto(`/campaigns/${id}`)
  // They are dead: nobody is suggested.
  await resend(page, /^The app was removed/, DEAD)
  await page
    .getByText(/Resend to (\d+ )?devices that failed in an earlier campaign/)
    .first()
    .waitFor()
  await page.getByText('Finished: nothing was sent').waitFor()
  await page.getByText('Final', { exact: true }).waitFor()
  expect(await figures(page)).toMatchObject({ Audience: DEAD, Failed: DEAD })
})

test('with the API gone it keeps the last figures and says of when they are; when it is back, they go on', async () => {
  const gate = hold()
  const page = await console.signIn(
    {},
    /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_CONNECTION_RESET/,
  )
  const id = await console.carillon.send({ name: 'Power cut' })
  await page.goto(`/campaigns/${id}`)
  await gate.waitForHeld(20)
  await page.getByText('Live', { exact: true }).waitFor()
  await until(async () => ((await figures(page)).Audience ?? 0) >= LIVE, { what: 'the audience is shown' })
  const before = await figures(page)
  await console.killApi()
  await page
    .getByText(/^As of \d/)
    .first()
    .waitFor()
  await page.getByText('Not updating').waitFor()
  expect(await figures(page)).toEqual(before)
  gate.open()
  await console.carillon.closed(id)
  await console.startApi()
  await finished(page)
  expect((await figures(page)).Remaining).toBeUndefined()
})

test('a viewer sees everything and no button, and the API refuses it as well', async () => {
  await console.addUser('vera', 'viewer')
  const gate = hold()
  const page = await console.signIn({ name: 'vera' }, /status of 403/)
  const id = await console.carillon.send({ name: 'Look, do not touch' })
  await page.goto(`/campaigns/${id}`)
  await gate.waitForHeld(20)
  await page.getByText('Sending', { exact: true }).first().waitFor()
  for (const name of ['Pause', 'Cancel campaign', 'More actions']) {
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  }
  await page.goto('/campaigns')
  await page.getByRole('link', { name: 'Look, do not touch' }).waitFor()
  expect(await page.getByText('New campaign').count()).toBe(0)
  const answer = await page.evaluate(async (url) => {
    const { status } = await fetch(url, { method: 'POST' })
    return status
  }, `/v1/campaigns/${id}/pause`)
  expect(answer).toBe(403)
  gate.open()
  await console.carillon.closed(id)
})

test('whoever presses a link right after typing gets there, however long the page takes', async () => {
  const page = await console.openPage()
  const asked = Promise.withResolvers<void>()
  const arrives = Promise.withResolvers<void>()
  onTestFinished(() => arrives.resolve())
  // From before the list is there: a link under the pointer has its page loaded ahead.
  await page.route(`**/${await chunkOf('src/pages/campaign/campaign.tsx')}`, async (route) => {
    asked.resolve()
    await arrives.promise
    await route.continue()
  })
  await console.enter(page)
  await page.goto('/campaigns')
  await page.clock.install()
  await page.getByLabel('Search by name').fill('Doors')
  await page.getByRole('link', { name: 'Doors open' }).click()
  await asked.promise
  await page.clock.runFor(1_000)
  arrives.resolve()
  await page.getByRole('heading', { name: 'Doors open' }).waitFor()
})

test('whoever pauses behind a word has the space still when the next one comes', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns')
  const search = page.getByLabel('Search by name')
  await search.pressSequentially('Doors ')
  await page.waitForURL(/search=Doors$/)
  await page.getByRole('link', { name: 'Doors open' }).waitFor()
  expect(await search.inputValue()).toBe('Doors ')
  await search.pressSequentially('open')
  await page.waitForURL(/search=Doors(\+|%20)open$/)
  // What was changed from outside is shown all the same.
  await page.goto('/campaigns?search=Doors')
  expect(await search.inputValue()).toBe('Doors')
})

test('in Korean, from the browser’s own language', async () => {
  const page = await console.openPage({ locale: 'ko-KR' })
  await page.goto('/')
  await page.getByLabel('아이디', { exact: true }).fill('ada')
  await page.getByLabel('비밀번호', { exact: true }).fill('a horse, a battery')
  await page.getByRole('button', { name: '로그인' }).click()
  await page.getByRole('heading', { name: '홈', exact: true }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('ko')
  await page.getByRole('link', { name: '캠페인', exact: true }).click()
  await page.getByLabel('캠페인명·제목 검색').fill('Doors')
  await page.getByRole('link', { name: 'Doors open' }).click()
  await page.getByRole('heading', { name: 'Doors open' }).waitFor()
  await page.getByText('완료').first().waitFor()
})

/** Chunks of pages and of their texts have names alike. */
async function chunkOf(source: string): Promise<string> {
  const path = join(import.meta.dirname, '../../console/dist/.vite/manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, { file: string }>
  const chunk = manifest[source]
  if (chunk === undefined) throw new Error(`${source} has no chunk of its own.`)
  return chunk.file
}
