/** A list is imported in the browser, as people have them. What they see on the way is written to `screenshots/`. */
import { mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import iconv from 'iconv-lite'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'
import { axeComplaints, openConsole } from './console.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({ devices: 4, dead: 0, workers: [], role: 'operator' })

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true })
})

const token = (n: number) =>
  `dQw4w9WgXc${String(n).padStart(4, '0')}_-aZ:APA91b${'HkNqTwZcFiLoRuXaDgJmPsVyBe'.repeat(5)}`

/** As Korean Excel saves it, with what goes wrong in such files. */
const KOREAN = iconv.encode(
  [
    '회원번호;토큰;기종;수신거부;언어;등급;메모',
    ...Array.from(
      { length: 30 },
      (_, n) =>
        `${n < 12 ? '손님' : `회원${n}`};${token(n)};${n % 2 ? 'Android' : '아이폰'};${n % 5 ? 'N' : 'Y'};ko_KR;우수;서울 강남구`,
    ),
    `NULL;${token(40)};Android;N;ko_KR;일반;`,
    `회원41;ExponentPushToken[abcdefghijklmnopqrstuv];iOS;N;ko_KR;일반;`,
    `1.23457E+11;${token(42)};iOS;N;ko_KR;일반;`,
    `회원43;${token(43)};iOS;N;Klingonisch;일반;`,
  ].join('\r\n'),
  'cp949',
)

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.goto('/import')
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer })
}

async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `import-${name}.png`), fullPage: true, animations: 'disabled' })
  expect(await axeComplaints(page)).toEqual([])
  const over = await page.evaluate(() => {
    const { documentElement: root } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document
    return root.scrollWidth - root.clientWidth
  })
  expect(over).toBe(0)
}

test('a Korean list: its encoding is found, columns are chosen, it is warned of, and imported', async () => {
  const page = await console.signIn()
  await choose(page, 'members.csv', KOREAN)
  await page.getByText('Korean (EUC-KR, CP949)').first().waitFor()
  await page.getByText('CSV separated by semicolons').waitFor()
  await page.getByText('no column is used for it: Platform').waitFor()
  await page.getByText('서울 강남구').first().waitFor()
  await page.getByText('3 columns are not used: 기종, 등급, 메모').waitFor()
  await look(page, 'columns')

  await page.getByLabel('Use “기종” as').selectOption('platform')
  // The result from before is not shown beside the button that makes a new one.
  await page.getByText('The check has to be repeated').waitFor()
  expect(await page.getByText('no column is used for it').count()).toBe(0)
  await look(page, 'changed')
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('31 devices in 34 rows can be imported. 3 of 34 will be rejected.').waitFor()
  expect(await page.locator('[data-verdict]').getAttribute('data-verdict')).toBe('partial')
  await page.getByText('The external ID 손님 is on 12 rows').waitFor()
  await page.getByText('A word for “empty” (NULL) as ID or address').waitFor()
  await page.getByText('Language: 1 row.').waitFor()
  await look(page, 'checked')

  await page.getByLabel('Let “not opted out” in this file lift saved opt-outs').check({ force: true })
  await page.getByRole('button', { name: 'Import 31 devices' }).click()
  await page.getByRole('dialog').getByText('Members among them who have opted out will receive').waitFor()
  await look(page, 'lift')
  await page.getByRole('button', { name: 'Go back' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByLabel('Let “not opted out” in this file lift saved opt-outs').uncheck({ force: true })
  await page.getByRole('button', { name: 'Import 31 devices' }).click()
  await page.getByText('31 of 34 rows imported').waitFor()
  await page.getByText('2 columns were not used and not saved: 등급, 메모').waitFor()
  expect(await page.getByText('per second').count()).toBe(0)
  await look(page, 'done')
  const { rows } = await console.carillon.pool.query(
    `SELECT count(*) AS n FROM members WHERE external_id LIKE '회원%'`,
  )
  expect(rows[0].n).toBe(19)
})

const WITH_GRADES = Buffer.from(
  `기기 토큰,회원번호,OS,등급,지역,메모\n${[1, 2, 3]
    .map((n) => `${token(60 + n)},graded${n},ios,${n < 3 ? 'VIP' : ''},서울 강남구,전화 요망`)
    .join('\n')}\n`,
)

test('columns are stored as attributes, under names that are chosen, and what is not used is said', async () => {
  const page = await console.signIn()
  await choose(page, 'grades.csv', WITH_GRADES)
  await page.getByText('3 columns are not used: 등급, 지역, 메모').waitFor()
  await page.getByLabel('Use “등급” as').selectOption('Store as attribute')
  await page.getByLabel('Use “지역” as').selectOption('Store as attribute')
  await page.getByText('1 column is not used: 메모').waitFor()
  const name = page.getByLabel('Name of the attribute for “등급”')
  expect(await name.inputValue()).toBe('등급')
  await name.fill('지역')
  await page.getByText('Another column has this name.').waitFor()
  expect(await page.getByRole('button', { name: 'Check again' }).isDisabled()).toBe(true)
  await name.fill('grade, now')
  await page.getByText('replaces all saved attributes of its member').waitFor()
  await look(page, 'attributes')
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('3 devices in 3 rows can be imported.').waitFor()
  // As it was chosen, and without anything left to check.
  expect(await name.inputValue()).toBe('grade, now')
  expect(await page.getByRole('button', { name: 'Check again' }).count()).toBe(0)
  expect(await page.locator('[data-verdict]').getAttribute('data-verdict')).toBe('complete')
  await page.getByLabel('Encoding').selectOption('utf-8')
  await page.getByText('3 columns are not used').waitFor()
  await page.getByLabel('Use “등급” as').selectOption('Store as attribute')
  await name.fill('grade, now')
  await page.getByLabel('Use “지역” as').selectOption('Store as attribute')
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByRole('button', { name: 'Import 3 devices' }).click()
  await page.getByText('Saved as attributes: grade, now, 지역.').waitFor()
  await page.getByText('1 column was not used and not saved: 메모').waitFor()
  await look(page, 'attributes-done')
  const { rows } = await console.carillon.pool.query(
    `SELECT attributes FROM members WHERE external_id LIKE 'graded%' ORDER BY external_id`,
  )
  const both = { 'grade, now': 'VIP', 지역: '서울 강남구' }
  expect(rows.map(({ attributes }) => attributes)).toEqual([both, both, { 지역: '서울 강남구' }])
})

test.each([
  ['en', 'Download a sample file', 'sample-list.csv', '2 devices in 2 rows can be imported'],
  ['ko', '예시 파일 다운로드', '회원_기기_목록_예시.csv', '2행 중 기기 2대를 등록할 수 있습니다'],
])('a sample file in %s is offered, and can be imported', async (language, button, file, said) => {
  const page = await console.signIn()
  await page.evaluate(`localStorage.setItem('carillon-language', '${language}')`)
  await page.goto('/import')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: button }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toBe(file)
  await look(page, `start-${language}`)
  await choose(page, file, await readFile(await saved.path()))
  await page.getByText(said).waitFor()
  expect(await page.locator('[data-verdict]').getAttribute('data-verdict')).toBe('complete')
})

const PHONE = { viewport: { width: 390, height: 844 } }
test.each([
  ['ko', 'wide', { viewport: { width: 1440, height: 900 } }],
  ['ko', 'phone', PHONE],
  ['en', 'wide', { viewport: { width: 1440, height: 900 } }],
  ['en', 'phone', PHONE],
])('attributes are chosen in %s in a %s window', async (language, name, settings) => {
  const page = await console.signIn(settings)
  await page.evaluate(`localStorage.setItem('carillon-language', '${language}')`)
  await choose(page, 'grades.csv', WITH_GRADES)
  const grade = page.getByRole('row', { name: '등급' }).getByRole('combobox')
  await grade.selectOption('own-attribute')
  await page.getByRole('row', { name: '등급' }).getByRole('textbox').waitFor()
  await look(page, `attributes-${language}-${name}`)
})

test('nothing is stored by the check', async () => {
  const page = await console.signIn()
  const count = async () => (await console.carillon.pool.query('SELECT count(*) AS n FROM devices')).rows[0].n
  const before = await count()
  await choose(page, 'list.csv.gz', gzipSync(`token,externalId,platform\n${token(90)},only-checked,ios\n`))
  await page.getByText('1 device in 1 row can be imported').waitFor()
  await page.getByText('compressed (gzip)').waitFor()
  expect(await count()).toBe(before)
})

const LOOKS: [name: string, settings: BrowserContextOptions][] = [
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 360, height: 740 } }],
]
test.each(LOOKS)('the check fits a %s window', async (name, settings) => {
  const page = await console.signIn(settings)
  await choose(
    page,
    'members.csv',
    iconv.encode(iconv.decode(KOREAN, 'cp949').replace('기종', 'OS'), 'cp949'),
  )
  await page.getByText('can be imported').waitFor()
  await look(page, name)
})

test('in Korean, reasons are in Korean too', async () => {
  const page = await console.signIn()
  await page.evaluate(() => localStorage.setItem('carillon-language', 'ko'))
  await choose(page, '회원.csv', iconv.encode(iconv.decode(KOREAN, 'cp949').replace('기종', 'OS'), 'cp949'))
  await page.getByText('34행 중 기기 31대를 등록할 수 있습니다').waitFor()
  await page.getByText('Expo에서 FCM 토큰').waitFor()
  await look(page, 'korean')
  await page.getByRole('button', { name: '기기 31대 업로드' }).click()
  await page.getByText('34건 중 31건 등록됨').waitFor()
  await look(page, 'korean-done')
})

test('an encoding that cannot be told is chosen, and the names are seen before anything is stored', async () => {
  const page = await console.signIn({}, /status of 400/)
  const file = iconv.encode(`token,externalId,platform\n${token(91)},Çağrı,ios\n`, 'windows-1254')
  await choose(page, 'uye.csv', file)
  await page.getByText('The encoding of the file cannot be told').waitFor()
  await look(page, 'failing')
  await page.getByLabel('Encoding').selectOption('windows-1254')
  await page.getByRole('cell', { name: 'Çağrı' }).waitFor()
})

const WORKBOOK = Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0])

test('a workbook is refused with what to do, in Korean too; to try it again is not offered', async () => {
  const page = await console.signIn({}, /status of 415/)
  await choose(page, 'list.xlsx', WORKBOOK)
  await page.getByText('Save it as CSV').waitFor()
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
  await look(page, 'workbook')
  await page.evaluate(() => localStorage.setItem('carillon-language', 'ko'))
  await choose(page, '회원.xlsx', WORKBOOK)
  await page.getByText('Excel에서 CSV로 저장한 뒤').waitFor()
})

describe('a file that is saved again after it was chosen', () => {
  const saved = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-list-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'list.csv')
    await writeFile(path, list(1))
    return path
  }
  /** Later than the browser has seen it, whatever the resolution of the clock. */
  const saveAgain = async (path: string) => {
    await writeFile(path, list(2))
    const later = Date.now() / 1000 + 60
    await utimes(path, later, later)
  }
  const list = (rows: number) =>
    `token,externalId,platform\n${Array.from({ length: rows }, (_, n) => `${token(70 + n)},again${n},ios`).join('\n')}`

  test.each([
    ['checked', 'Check again', 'This file cannot be read. It was saved again'],
    ['imported', 'Import 1 device', 'The import stopped'],
  ])('is not called a lost connection when it is %s', async (_, button, said) => {
    const page = await console.signIn({}, /ERR_UPLOAD_FILE_CHANGED/)
    const path = await saved()
    await page.goto('/import')
    await page.locator('input[type=file]').setInputFiles(path)
    await page.getByText('1 device in 1 row can be imported').waitFor()
    if (button === 'Check again') await page.getByLabel('Use “platform” as').selectOption('locale')
    await saveAgain(path)
    await page.getByRole('button', { name: button }).click()
    await page.getByRole('alert').getByText(said).waitFor()
    await page.getByText('Choose it again.').waitFor()
  })
})

test('leaving a running import is asked for first', async () => {
  const page = await console.signIn({}, /ERR_FAILED/)
  await choose(page, 'list.csv', Buffer.from(`token,externalId,platform\n${token(80)},leaver,ios\n`))
  await page.getByRole('button', { name: 'Import 1 device' }).waitFor()
  // Held until the page gives it up.
  await page.route('**/v1/devices/import*', () => {})
  await page.getByRole('button', { name: 'Import 1 device' }).click()
  await page.getByText('Importing list.csv').waitFor()
  const leave = () => page.getByRole('main').getByRole('link', { name: 'Members' }).click()
  await leave()
  await page.getByRole('dialog').getByRole('button', { name: 'Stay here' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(new URL(page.url()).pathname).toBe('/import')
  await leave()
  await page.getByRole('button', { name: 'Stop and leave' }).click()
  await page.waitForURL('**/members')
})

test('the keyboard stays where it was, and a file that is dropped beside the zone does not replace the page', async () => {
  const page = await console.signIn()
  await choose(page, 'members.csv', KOREAN)
  const isInside = () =>
    page.evaluate(`document.activeElement.getAttribute('aria-label') === 'Import devices'`)
  await page.getByText('no column is used for it: Platform').waitFor()
  await until(isInside, { what: 'the focus is on what was found' })
  await page.getByLabel('Use “기종” as').selectOption('platform')
  await page.getByRole('button', { name: 'Check again' }).press('Enter')
  await page.getByText('31 devices in 34 rows can be imported').waitFor()
  await until(isInside, { what: 'the focus is on the result of the check' })
  for (const name of ['dragover', 'drop']) {
    expect(
      await page.evaluate(`!document.body.dispatchEvent(
        new DragEvent('${name}', { bubbles: true, cancelable: true }))`),
    ).toBe(true)
  }
})

test('a list with very many columns and a long name: each can be used, and the page is no wider', async () => {
  const page = await console.signIn({ viewport: { width: 390, height: 844 } })
  const names = Array.from({ length: 100 }, (_, n) => `c${n}`)
  const file = Buffer.from(
    `token,externalId,${names.join(',')}\n${token(81)},wide,${names.map(() => 'ios').join(',')}`,
  )
  await choose(page, `${'아주긴파일이름'.repeat(9)}.csv`, file)
  await page.getByText('72 more columns that are not used are not shown.').waitFor()
  await look(page, 'wide')
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByLabel('Use “c99” as').selectOption('platform')
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('1 device in 1 row can be imported').waitFor()
  // The chosen one is behind those that are shown at first.
  expect(await page.getByLabel('Use “c99” as').inputValue()).toBe('platform')
  expect(await page.getByLabel('Use “c98” as').count()).toBe(0)
})
