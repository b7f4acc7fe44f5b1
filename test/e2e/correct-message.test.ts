/** A message that FCM refuses: what the page says, correcting it, two people at it, and sending it again to those who failed. */
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { expectReconciledCounts } from '../support/counts.ts'
import { until } from '../support/until.ts'
import { openConsole } from './console.ts'

const DEVICES = 300
const console = openConsole({
  devices: DEVICES,
  dead: 0,
  env: { DISPATCH_CONCURRENCY: 20, ERROR_PAUSE_MINIMUM: 20, RAMP_SECONDS: 0 },
})

async function refused(allowed?: RegExp): Promise<{ page: Page; id: string }> {
  const { carillon } = console
  carillon.fcm.program({ effect: { answer: 'bad_payload' }, times: null })
  onTestFinished(() => carillon.fcm.clearFaults())
  const page = await console.signIn({}, allowed)
  const id = await carillon.send({
    name: 'Flash sale',
    message: { title: 'Sail', body: 'Everything must go' },
  })
  await page.goto(`/campaigns/${id}`)
  await page.getByText('Paused: FCM refuses the message.').waitFor()
  await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand' })
  return { page, id }
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

test('refused, corrected, resumed, and resent to those who failed', async () => {
  const { page, id } = await refused(/ERR_FAILED/)
  const { carillon } = console
  const banner = page.getByRole('alert').filter({ hasText: 'FCM refuses the message' })
  // FCM's own sentence, in the banner and with the failures.
  expect(await banner.textContent()).toContain("FCM said: “Invalid value at 'message.data[0].value'")
  await page
    .getByText("Invalid value at 'message.data[0].value' (TYPE_STRING), 12", { exact: true })
    .waitFor()
  expect(await page.getByRole('button', { name: 'Resume', exact: true }).count()).toBe(0)

  await banner.getByRole('button', { name: 'Correct the message' }).click()
  const dialog = page.getByRole('dialog')
  const before = dialog.getByRole('region', { name: 'Until now' })
  await before.getByText('Sail', { exact: true }).waitFor()
  const save = dialog.getByRole('button', { name: 'Save correction' })
  expect(await save.isDisabled()).toBe(true)
  await dialog.getByLabel('Title', { exact: true }).fill('')
  const words = dialog.getByRole('textbox', { name: 'Body' })
  await words.fill('')
  await dialog.getByText('Enter a title or a text.').waitFor()
  expect(await save.isDisabled()).toBe(true)
  await words.fill('Everything must go')
  await dialog.getByLabel('Title', { exact: true }).fill('Sale')
  // It also ends what a Korean keyboard is composing.
  await page.keyboard.press('Escape')
  // What came of the button is seen beside it, however long the form is.
  await page.route(`**/v1/campaigns/${id}`, (route) =>
    route.request().method() === 'PATCH' ? route.abort() : route.continue(),
  )
  await save.click()
  const failure = dialog.getByRole('alert')
  await failure.waitFor()
  const { bottom } = await failure.evaluate(boxOf)
  expect(bottom).toBeLessThan(900)
  await page.unroute(`**/v1/campaigns/${id}`)
  await save.click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('The message is corrected (version 2). Resume to send it.').waitFor()
  await page.getByText('Paused: The message has been corrected.').waitFor()
  // The button that had the focus is gone.
  await until(() => page.evaluate(`document.activeElement.tagName === 'H1'`), {
    what: 'the focus is on the heading',
  })

  carillon.fcm.clearFaults()
  await press(page, 'Resume')
  await page.getByText('Final', { exact: true }).waitFor()
  await expectReconciledCounts(carillon, id)
  const { sent, failed } = await carillon.counts(id)
  expect(sent + failed).toBe(DEVICES)
  expect(failed).toBeGreaterThanOrEqual(20)

  // Both texts are kept, and each device says which it got.
  await page.getByText('Version 2 (current)').waitFor()
  await page.locator('summary').filter({ hasText: 'Version 1' }).click()
  await page.getByText('Sail', { exact: true }).waitFor()
  await page.goto(`/campaigns/${id}/deliveries?state=sent`)
  await page
    .getByRole('button', { name: /^Details of device/ })
    .first()
    .click()
  await page.getByRole('dialog').getByText('Message version 2').waitFor()
  await page.goto(`/campaigns/${id}/deliveries?state=failed`)
  await page
    .getByRole('button', { name: /^Details of device/ })
    .first()
    .click()
  await page.getByRole('dialog').getByText('Message version 1').waitFor()

  await page.goto(`/campaigns/${id}`)
  await page.getByRole('link', { name: 'Resend', exact: true }).click()
  await page.getByRole('heading', { name: 'Resend', exact: true }).waitFor()
  // What FCM has refused is a reason that can be gone: it is chosen, and the text is there to correct.
  expect(await page.getByLabel(/^FCM refused the message itself/).isChecked()).toBe(true)
  await page.getByText('With the same text').waitFor()
  await page.getByLabel('Title', { exact: true }).fill('Sale, at last')
  await page.getByText('With a corrected text').waitFor()
  await page.getByRole('button', { name: `Resend to ${failed} devices` }).click()
  await page
    .getByText(/Resend to (\d+ )?devices that failed in an earlier campaign/)
    .first()
    .waitFor()
  await page.getByText('Sale, at last', { exact: true }).first().waitFor()
  await page.getByText('Finished', { exact: true }).first().waitFor()
  const resend = page.url().split('/').at(-1) ?? ''
  await expectReconciledCounts(carillon, resend)
  const texts = carillon.fcm.messages().map(({ body }) => JSON.parse(body).message)
  const last = texts.at(-1)
  expect(last.notification.title).toBe('Sale, at last')
  // One notification for the whole chain.
  expect(new Set(texts.map(({ android }) => android.notification.tag)).size).toBe(1)
})

test('of two people at once the second sees what the first has changed, and loses no word', async () => {
  const { page: bob, id } = await refused(/status of 412/)
  await console.addUser('grace', 'operator')
  const grace = await console.signIn({ name: 'grace' })
  await grace.goto(`/campaigns/${id}`)
  const opened = async (page: Page, title: string) => {
    await page.getByRole('alert').getByRole('button', { name: 'Correct the message' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Title', { exact: true }).fill(title)
    return dialog
  }
  const second = await opened(bob, 'Bob’s words')
  const first = await opened(grace, 'Grace’s words')
  await first.getByRole('button', { name: 'Save correction' }).click()
  await first.waitFor({ state: 'detached' })
  await second.getByRole('button', { name: 'Save correction' }).click()
  await second.getByText('Somebody else has corrected the message meanwhile').waitFor()
  await second.getByText(/by grace/).waitFor()
  await second.getByRole('region', { name: 'Until now' }).getByText('Grace’s words').waitFor()
  expect(await second.getByLabel('Title').inputValue()).toBe('Bob’s words')
  await second.getByRole('button', { name: 'Save correction' }).click()
  await second.waitFor({ state: 'detached' })
  const { rows } = await console.carillon.pool.query(
    `SELECT version, message->>'title' AS title FROM campaign_messages WHERE campaign_id = $1 ORDER BY version`,
    [id],
  )
  expect(rows.map(({ title }) => title)).toEqual(['Sail', 'Grace’s words', 'Bob’s words'])
})

function boxOf(element: unknown): { bottom: number } {
  const { bottom } = (element as { getBoundingClientRect: () => { bottom: number } }).getBoundingClientRect()
  return { bottom }
}
