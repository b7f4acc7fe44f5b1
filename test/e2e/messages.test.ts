/** The kinds of message, and what the editor says of a message that cannot be sent. */
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { openConsole } from './console.ts'

const console = openConsole({ devices: 3, dead: 0, env: { FCM_RAMP_SECONDS: 0 } })

test('silent data is written, shown to be invisible, and sent as a data message', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns/new')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByLabel('Silent data').check()
  await page.getByText('No notification: only the app receives it').nth(2).waitFor()
  expect(await page.getByLabel('Title').count()).toBe(0)
  await page.getByLabel('Name', { exact: false }).first().fill('Refresh')
  await page.getByRole('button', { name: 'Add data' }).click()
  await page.getByLabel('Key 1').fill('type')
  await page.getByLabel('Value 1').fill('sync')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Draft saved').waitFor()
  await page.getByRole('link', { name: /review/ }).click()
  await page.getByText('“\u2068Refresh\u2069” will be sent to 3 devices').waitFor()
  await page.getByRole('button', { name: 'Send to 3 devices' }).click()
  await page.getByText('Finished', { exact: true }).first().waitFor()
  const sent = JSON.parse(console.carillon.fcm.messages()[0]?.body ?? '').message
  expect(sent.notification ?? sent.android.notification).toBeUndefined()
  expect(sent).toMatchObject({
    data: { type: 'sync' },
    apns: { payload: { aps: { 'content-available': 1 } } },
  })
})

test('a placeholder has to be confirmed before the message counts as written', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns/new')
  await page.getByLabel('Service', { exact: true }).check()
  await page.getByRole('textbox', { name: 'Body' }).fill('Hi {{name}}')
  await page.getByText('Placeholders are not filled in').waitFor()
  await page.getByText('Every device would show this as it stands: {{name}}.').waitFor()
  await page.getByRole('link', { name: /Audience/ }).click()
  await page.getByLabel('Everyone').check()
  await page.getByText('Draft saved').waitFor()
  const isWritten = async () => {
    const { rows } = await console.carillon.pool.query(
      `SELECT message IS NOT NULL AND unfinished IS NULL AS "is" FROM campaigns ORDER BY id DESC LIMIT 1`,
    )
    return rows[0].is
  }
  expect(await isWritten()).toBe(false)
  await page.getByRole('link', { name: /Message/ }).click()
  await page.getByLabel('Send such texts exactly as written').check()
  await until(isWritten, { what: 'the message is written' })
  await page.reload()
  expect(await page.getByLabel('Send such texts exactly as written').isChecked()).toBe(true)
})

test('what is wrong in the settings of a platform is said at its field, in the language of the console', async () => {
  const korean = { locale: 'ko-KR', timezoneId: 'Asia/Seoul' }
  const page = await console.openPage(korean)
  await page.goto('/')
  await page.locator('input[autocomplete=username]').fill('ada')
  await page.locator('input[type=password]').fill('a horse, a battery')
  await page.locator('button[type=submit]').click()
  await page.waitForURL(/\/$/)
  await page.goto('/campaigns/new')
  await page.getByLabel('제목', { exact: true }).fill('봄 세일')
  await page.getByText('플랫폼별 설정(JSON)').click()
  await page.getByLabel('android').fill('{ "notification": { "channelID": "promo", "color": "red" } }')
  await page
    .getByText('notification/channelID: 알 수 없는 항목입니다. “channelId” 항목을 찾으셨나요?')
    .waitFor()
  await page.getByText(/notification\/color: 색상은 #rrggbb 형식이어야 합니다/).waitFor()
  await page.getByLabel('android').fill('{ "notification": { "channelId": "promo" } }')
  await page.getByText(/알 수 없는 항목입니다/).waitFor({ state: 'detached' })
})
