/** A campaign at each member's local time, from the editor to its zones. */
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { axeComplaints, openConsole } from './console.ts'

const console = openConsole({ devices: 40, dead: 0, env: { FCM_RAMP_SECONDS: 0 } })
const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York']

test('is scheduled with who is late and who has no zone in view, and shows how far each zone is', async () => {
  const { carillon } = console
  await carillon.pool.query(
    `UPDATE members m SET timezone = ($1::text[])[1 + d.id % 4] FROM devices d WHERE d.member_id = m.id`,
    [ZONES],
  )
  const page = await console.signIn()
  await page.goto('/campaigns/new')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Title', { exact: true }).fill('Christmas Eve')
  await page.getByRole('textbox', { name: 'Body' }).fill('At eight.')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: /When and review/ }).click()
  await page.getByLabel('At each member’s local time').check()
  await page.getByLabel('Date', { exact: true }).fill('2030-12-24')
  await page.getByLabel('Time', { exact: true }).fill('20:00')
  await page.getByLabel('If it is later than that where a member is').selectOption('next_day')
  await page.getByLabel('Members without a time zone').selectOption('skip')
  const table = page.getByRole('table', { name: 'When it is sent where' })
  await table.getByText('Europe/Berlin').waitFor()
  await page
    .getByText('40 devices: 0 where the time has passed, 10 without a time zone. 10 get nothing.')
    .waitFor()
  expect(await table.getByRole('row').count()).toBe(5)
  await page
    .getByText(/will be sent to 40 devices \(everyone\) on .*Dec 24, 2030.*, at each member’s local time/)
    .waitFor()
  await page.getByText('Members without a time zone get nothing.').waitFor()
  await page.getByRole('button', { name: 'Schedule at local times' }).click()

  await page
    .getByText(/on the clock of each member/)
    .first()
    .waitFor()
  await page.getByText('Sent the next day').waitFor()
  const id = page.url().split('/').at(-1) ?? ''
  expect(await carillon.campaign(id)).toMatchObject({
    state: 'scheduled',
    local_at: '2030-12-24T20:00',
    late: 'next_day',
    unknown_zone: 'skip',
  })

  // Its time comes: the plan, and then the first zone.
  await carillon.pool.query(
    `UPDATE campaigns SET scheduled_at = now(), updated_at = now() - interval '1 min' WHERE id = $1`,
    [id],
  )
  await until(async () => (await carillon.campaign(id)).is_planned, { what: 'it is planned' })
  await carillon.pool.query(
    `UPDATE batches SET send_at = now() WHERE campaign_id = $1 AND zones = '{Asia/Seoul}'`,
    [id],
  )
  await carillon.pool.query('UPDATE campaigns SET scheduled_at = now() WHERE id = $1', [id])
  const zones = page.getByRole('table', { name: 'By time zone' })
  await zones.getByText('Europe/Berlin').waitFor()
  await page.getByText(/The next time zones have their turn on .*Dec 24/).waitFor()
  await zones.getByText('Not sent: No time zone').waitFor()
  await until(() => carillon.fcm.stats().received === 10, { what: 'Seoul has it' })
  expect(await axeComplaints(page)).toEqual([])
})
