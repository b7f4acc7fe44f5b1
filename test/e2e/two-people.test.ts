/**
 * Two people at one campaign. Judged from the receiver's side: what one of them has not seen does not reach a device
 * because of a press of theirs.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openConsole } from './console.ts'

const DEVICES = 60
/** Of one device each. */
const TWO = 'm13\nm14\n'
const CONFIRM_ABOVE = 10

const console = openConsole({
  devices: DEVICES,
  dead: 0,
  env: { FCM_RAMP_SECONDS: 0, CONFIRM_AUDIENCE_ABOVE: CONFIRM_ABOVE },
})
/** What the server refuses is what these tests are about; the browser calls each a failed resource. */
const REFUSALS = /status of (404|409|412|428)|ERR_FAILED/

beforeAll(() => console.addUser('bob', 'operator'))

test('what the other has changed since is not sent, whatever the screen still says', async () => {
  const [ada, bob] = await bothAt('Only two')
  await ada.getByRole('link', { name: /When and review/ }).click()
  await ada.getByRole('button', { name: 'Send to 2 devices' }).waitFor()
  // From here on Ada's page learns nothing by itself: only the server stands between her press and the devices.
  await ada.route(/\/v1\/campaigns\/[^/?]+$/, (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  )
  await changeToEverybody(bob, 'For everybody')
  await ada.getByRole('button', { name: 'Send to 2 devices' }).click()

  const dialog = ada.getByRole('dialog')
  await dialog.getByText(/bob saved another version/).waitFor()
  await dialog.getByRole('row', { name: /Title.*For everybody.*Only two/ }).waitFor()
  await dialog.getByRole('row', { name: /Audience.*Everyone.*2 members entered/ }).waitFor()
  expect(console.carillon.fcm.stats().received).toBe(0)
  expect((await console.carillon.campaign(idOf(ada))).state).toBe('draft')

  await shoot(ada, 'difference')
  await ada.unroute(/\/v1\/campaigns\/[^/?]+$/)
  // Their version goes on, is reviewed anew, and for so many devices the number has to be typed.
  await dialog.getByRole('button', { name: 'Show their version' }).click()
  await ada.getByRole('button', { name: `Send to ${DEVICES} devices` }).click()
  const number = ada.getByRole('dialog').getByLabel(/enter the number of devices/)
  await number.fill('2')
  await ada
    .getByRole('dialog')
    .getByRole('button', { name: `Send to ${DEVICES} devices` })
    .click()
  await ada.getByText(`Does not match ${DEVICES}.`).waitFor()
  await shoot(ada, 'number')
  expect(console.carillon.fcm.stats().received).toBe(0)
  await number.fill(String(DEVICES))
  await ada
    .getByRole('dialog')
    .getByRole('button', { name: `Send to ${DEVICES} devices` })
    .click()
  await ada.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/)
  await console.carillon.fcm.whenAccepted(DEVICES)
  expect(titles()).toEqual(['For everybody'])
})

test('each sees that the other is there', async () => {
  const [ada, bob] = await bothAt('Not alone')
  await ada.getByText(/bob is also editing this campaign/).waitFor()
  await bob.getByText(/ada is also editing this campaign/).waitFor()
  // On the page of the campaign as well, where one of them looks only.
  await bob.goto(`/campaigns/${idOf(ada)}`)
  await bob.getByText(/ada is also editing this campaign/).waitFor()
  await ada.getByText(/bob has it open/).waitFor()
})

test('the review tells of a change before anybody presses', async () => {
  const [ada, bob] = await bothAt('Seen early')
  await ada.getByRole('link', { name: /When and review/ }).click()
  await ada.getByRole('button', { name: 'Send to 2 devices' }).waitFor()
  await bob.getByLabel('Title', { exact: true }).fill('Changed meanwhile')
  await bob.getByText('Draft saved').waitFor()
  const dialog = ada.getByRole('dialog')
  await dialog.getByRole('row', { name: /Title.*Changed meanwhile.*Seen early/ }).waitFor()
  await dialog.getByRole('button', { name: 'Show their version' }).click()
  await ada.getByText(/“\u2068?Changed meanwhile\u2069?” will be sent to 2 devices/).waitFor()
})

test('what one types is not saved over what the other has saved, before they have seen both', async () => {
  const [ada, bob] = await bothAt('First')
  await bob.getByLabel('Title', { exact: true }).fill('Of Bob')
  await bob.getByText('Draft saved').waitFor()
  await ada.getByRole('textbox', { name: 'Body' }).fill('Of Ada')
  const dialog = ada.getByRole('dialog')
  await dialog.getByRole('row', { name: /Title.*Of Bob.*First/ }).waitFor()
  await dialog.getByRole('row', { name: /Body.*Read me.*Of Ada/ }).waitFor()
  const before = await console.carillon.campaign(idOf(ada))
  expect(before.message).toMatchObject({ title: 'Of Bob', body: 'Read me' })
  await dialog.getByRole('button', { name: 'Overwrite with mine' }).click()
  await ada.getByText('Draft saved').waitFor()
  expect((await console.carillon.campaign(idOf(ada))).message).toMatchObject({
    title: 'First',
    body: 'Of Ada',
  })
})

test('a test sends what is on the screen, and says which version that was', async () => {
  const [ada] = await bothAt('Before the test')
  const received = console.carillon.fcm.stats().received
  await ada.getByLabel('Title', { exact: true }).fill('On the screen')
  await ada.getByRole('button', { name: 'Send a test' }).click()
  const dialog = ada.getByRole('dialog')
  await dialog.getByLabel('External IDs').fill('m20')
  await dialog.getByRole('button', { name: 'Send test' }).click()
  await dialog.getByText(/the message on your screen, saved at .* \(version \d+\)/).waitFor()
  expect(console.carillon.fcm.stats().received).toBe(received + 1)
  expect(titles().at(-1)).toBe('On the screen')
})

test('a scheduled campaign is changed when it is said so, and can become a draft again', async () => {
  const [ada] = await bothAt('Later')
  await ada.getByRole('link', { name: /When and review/ }).click()
  await ada.getByLabel('Schedule for later').check()
  await ada.getByLabel('Date', { exact: true }).fill('2031-01-01')
  await ada.getByLabel('Time', { exact: true }).fill('09:05')
  await ada.getByText('Draft saved').waitFor()
  // A time that is only chosen is kept as well.
  await ada.reload()
  expect(await ada.getByLabel('Date', { exact: true }).inputValue()).toBe('2031-01-01')
  await ada.getByRole('button', { name: /^Schedule for/ }).click()
  await ada.waitForURL(/\/campaigns\/[0-9a-f-]{36}$/)
  const id = ada.url().split('/').at(-1) ?? ''
  await ada.goto(`/campaigns/new?draft=${id}`)
  await ada.getByLabel('Title', { exact: true }).fill('Much later')
  await ada.getByText(/Your changes apply when you save them/).waitFor()
  await ada.getByRole('button', { name: 'Send a test' }).click()
  await ada.getByText(/Changes to a scheduled campaign are saved only when you say so/).waitFor()
  await ada.keyboard.press('Escape')
  expect((await console.carillon.campaign(id)).message).toMatchObject({ title: 'Later' })
  await ada.getByRole('link', { name: /When and review/ }).click()
  await ada.getByRole('button', { name: 'Back to draft' }).click()
  await ada.getByText('Draft saved').waitFor()
  expect(await console.carillon.campaign(id)).toMatchObject({ state: 'draft', scheduled_at: null })
})

test('while the server is away nothing typed is lost, and leaving asks', async () => {
  const ada = await console.signIn({}, /ERR_INTERNET_DISCONNECTED/)
  await ada.goto('/campaigns/new')
  await ada.getByLabel('Service', { exact: true }).check()
  await ada.getByLabel('Title', { exact: true }).fill('Before')
  await ada.getByText('Draft saved').waitFor()
  await ada.context().setOffline(true)
  onTestFinished(() => ada.context().setOffline(false))
  await ada.getByLabel('Title', { exact: true }).fill('Typed while away')
  await ada.getByText(/^Not saved/).waitFor()
  await ada.getByRole('link', { name: 'Members' }).click()
  await ada
    .getByRole('dialog', { name: 'Leave without saving?' })
    .getByRole('button', { name: 'Stay' })
    .click()
  await ada.context().setOffline(false)
  await ada.getByText('Draft saved').waitFor()
  await ada.reload()
  expect(await ada.getByLabel('Title').inputValue()).toBe('Typed while away')
})

/** Ada has written a campaign for two devices, and Bob has it open as well. */
async function bothAt(title: string): Promise<[Page, Page]> {
  const ada = await console.signIn({}, REFUSALS)
  await ada.goto('/campaigns/new')
  await ada.getByLabel('Service', { exact: true }).check()
  await ada.getByLabel('Title', { exact: true }).fill(title)
  await ada.getByRole('textbox', { name: 'Body' }).fill('Read me')
  await ada.getByRole('button', { name: 'Next' }).click()
  await ada.getByLabel('Specific members').check()
  await ada.getByLabel('External IDs').fill(TWO)
  await ada.waitForURL(/draft=/)
  await ada.getByText('Draft saved').waitFor()
  await ada.getByRole('link', { name: /Message/ }).click()
  const bob = await console.signIn({ name: 'bob' }, REFUSALS)
  await bob.goto(`/campaigns/new?draft=${idOf(ada)}`)
  await bob.getByLabel('Title').waitFor()
  return [ada, bob]
}

async function changeToEverybody(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title', { exact: true }).fill(title)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Unsaved changes').waitFor()
  await page.getByText('Draft saved').waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = join(import.meta.dirname, '../../screenshots')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `two-people-${name}.png`), animations: 'disabled' })
}

function idOf(page: Page): string {
  return new URL(page.url()).searchParams.get('draft') ?? ''
}

/** Of what devices have received, each once, in order. */
function titles(): string[] {
  return [...new Set(console.carillon.fcm.messages().map(({ body }) => titleOf(body)))]
}

function titleOf(body: string): string {
  return (JSON.parse(body) as { message: { notification: { title: string } } }).message.notification.title
}
