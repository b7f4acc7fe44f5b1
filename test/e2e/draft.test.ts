/** From a list of devices to a campaign that was sent, as an operator does it. */
import { expect, test } from 'vitest'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createCampaign } from '../support/factories.ts'
import { openConsole } from './console.ts'

const console = openConsole({ devices: 0, dead: 0, env: { FCM_RAMP_SECONDS: 0 } })
const MEMBERS = 60

test('imports a file, writes a campaign, leaves it, comes back, tests it, sends it, and watches it to its end', async () => {
  const page = await console.signIn()
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByRole('link', { name: 'Import devices' }).first().click()
  const rows = Array.from({ length: MEMBERS }, (_, n) => `${tokenFor(n)},member-${n},android,ko`)
  await page.locator('input[type=file]').setInputFiles({
    name: 'devices.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      ['address,externalId,platform,locale', ...rows, `${tokenFor(MEMBERS)},member-x,windows,ko`].join('\n'),
    ),
  })
  await page.getByText('member-0').waitFor()
  await page.getByRole('button', { name: /^Import [\d,]+ devices$/ }).click()
  await page.getByText(`${MEMBERS} of ${MEMBERS + 1} rows imported.`).waitFor()
  const coming = page.waitForEvent('download')
  await page.getByText('Download rejected rows').click()
  expect((await coming).suggestedFilename()).toBe('rejected-devices.csv')

  await page.getByRole('link', { name: 'Campaigns', exact: true }).first().click()
  await page.getByRole('link', { name: 'New campaign' }).first().click()
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Title', { exact: true }).fill('문이 열립니다 🎉')
  await page.getByRole('textbox', { name: 'Body' }).fill('First come, first served.')
  await expectPreviews(3)
  await page.getByText(/\d+ of 4,096 bytes/).waitFor()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText(String(MEMBERS), { exact: true }).first().waitFor()
  await page.getByText('Draft saved').waitFor()

  // Left, and found again in the list.
  await page.goto('/campaigns?state=draft')
  await page.getByRole('link', { name: '문이 열립니다' }).click()
  await page.getByRole('link', { name: 'Edit and send' }).click()
  expect(await page.getByLabel('Title').inputValue()).toBe('문이 열립니다 🎉')

  await page.getByRole('button', { name: 'Send a test' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('External IDs').fill('member-7')
  await dialog.getByRole('button', { name: 'Send test' }).click()
  await dialog.getByText('FCM accepted 1 of 1 message').waitFor()
  expect(console.carillon.fcm.stats().accepted).toBe(1)
  const sent = dialog.getByRole('region', { name: 'Tests sent' })
  await sent.getByText(/ · version \d+ · 1 of 1 accepted/).click()
  await sent.getByText('member-7', { exact: true }).waitFor()
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: /When and review/ }).click()
  await page.getByText(/will be sent to 60 devices \(everyone\) as soon as you click the button/).waitFor()
  await page.getByRole('button', { name: 'Send to 60 devices' }).click()
  await page.getByText('Finished', { exact: true }).first().waitFor()
  await page.getByText('Final', { exact: true }).waitFor()
  const id = page.url().split('/').at(-1) ?? ''
  await expectReconciledCounts(console.carillon, id)
  expect((await console.carillon.counts(id)).sent).toBe(MEMBERS)

  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByLabel(/Part of an ID/).fill('member-7')
  await page.getByRole('link', { name: 'member-7', exact: true }).click()
  await page.getByRole('link', { name: '문이 열립니다 🎉' }).waitFor()

  async function expectPreviews(count: number): Promise<void> {
    const previews = page.getByText('문이 열립니다 🎉')
    await previews.nth(count - 1).waitFor()
    expect(await previews.count()).toBeGreaterThanOrEqual(count)
  }
})

test('is scheduled for a time in another zone, warned about the quarter-hour, and can be changed until then', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns/new')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Title', { exact: true }).fill('New year')
  await page.getByRole('textbox', { name: 'Body' }).fill('It has begun.')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Schedule for later').check()
  await page.getByLabel('Date', { exact: true }).fill('2031-01-01')
  await page.getByLabel('Time', { exact: true }).fill('09:00')
  await page.getByRole('combobox', { name: 'Time zone' }).click()
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Seoul')
  await page.getByRole('option', { name: /Seoul/ }).click()
  await page.getByText(/is a busy time/).waitFor()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('button', { name: /^Schedule for/ }).click()
  await page.waitForURL(/\/campaigns\/[\da-f-]{36}$/)
  await page.getByText('Scheduled', { exact: true }).first().waitFor()
  const id = page.url().split('/').at(-1) ?? ''
  const { state, scheduled_at } = await console.carillon.campaign(id)
  expect([state, scheduled_at.toISOString()]).toEqual(['scheduled', '2031-01-01T00:00:00.000Z'])
  await page.getByRole('button', { name: 'Cancel campaign' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel campaign' }).click()
  await page.getByText('Canceled', { exact: true }).first().waitFor()
})

test('what a program has written is opened as it is, languages and app links as well, and not changed by that', async () => {
  const id = await createCampaign(console.carillon.pool, {
    name: 'By a program',
    message: { title: 'Sale', body: 'Until Sunday', link: 'myshop://sale' },
    audience: {
      filter: { locales: ['ko', 'de-AT'], platforms: ['ios'], attributes: { tier: 'gold', vip: true } },
    },
  })
  const page = await console.signIn()
  await page.goto(`/campaigns/new?draft=${id}&step=audience`)
  await page.getByText('de-AT', { exact: true }).waitFor()
  await page.getByRole('link', { name: /When and review/ }).click()
  await page.getByText('Languages: ko, de-AT').waitFor()
  await page.getByRole('link', { name: /Message/ }).click()
  await page.getByText(/Browsers cannot open it/).waitFor()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByRole('heading', { name: 'Members', exact: true }).waitFor()
  expect((await console.carillon.campaign(id)).version).toBe(1)
})
