import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accessTexts } from '../../console/src/text/access-texts.ts'
import { accountTexts } from '../../console/src/text/account-texts.ts'
import { calendarTexts } from '../../console/src/text/calendar-texts.ts'
import { campaignTexts } from '../../console/src/text/campaign-texts.ts'
import { deliveriesTexts } from '../../console/src/text/deliveries-texts.ts'
import { draftTexts } from '../../console/src/text/draft-texts.ts'
import { en } from '../../console/src/text/en.ts'
import { ERROR_TITLES } from '../../console/src/text/ko/error-titles.ts'
import { ko } from '../../console/src/text/ko.ts'
import { membersTexts } from '../../console/src/text/members-texts.ts'
import { paletteTexts } from '../../console/src/text/palette-texts.ts'
import { resendTexts } from '../../console/src/text/resend-texts.ts'
import { scheduleTexts } from '../../console/src/text/schedule-texts.ts'
import { secondFactorTexts } from '../../console/src/text/second-factor-texts.ts'
import { systemTexts } from '../../console/src/text/system-texts.ts'

const KOREAN = join(import.meta.dirname, '../../console/src/text/ko')
const ENGLISH_TEXTS = [
  en,
  accessTexts.en,
  accountTexts.en,
  secondFactorTexts.en,
  calendarTexts.en,
  campaignTexts.en,
  deliveriesTexts.en,
  draftTexts.en,
  membersTexts.en,
  resendTexts.en,
  scheduleTexts.en,
  paletteTexts.en,
  systemTexts.en,
]
const KOREAN_TEXTS = [
  ko,
  accessTexts.ko,
  accountTexts.ko,
  secondFactorTexts.ko,
  calendarTexts.ko,
  campaignTexts.ko,
  deliveriesTexts.ko,
  draftTexts.ko,
  membersTexts.ko,
  resendTexts.ko,
  scheduleTexts.ko,
  paletteTexts.ko,
  systemTexts.ko,
]

/** The same in every language: names, and examples of code. */
const SAME = new Set([
  '–',
  'Android',
  'iPhone',
  'API',
  'JSON',
  'Redis',
  'PostgreSQL',
  'UTF-8',
  'UTF-16',
  'CSV',
  'android',
  'your-site.example',
])

function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => textsOf(part, `${path}/${name}`))
}

test('no English is left over in Korean, and nothing is empty', () => {
  const english = new Map(textsOf(ENGLISH_TEXTS))
  const korean = textsOf(KOREAN_TEXTS)
  expect(korean.length).toBeGreaterThan(400)
  const leftOver = korean.filter(
    ([path, said]) =>
      // The keys of a shortcut are what is printed on them.
      !SAME.has(said) && !path.endsWith('/keys') && (said === english.get(path) || said.trim() === ''),
  )
  expect(leftOver).toEqual([])
})

test('no Korean text offers both forms of a particle', () => {
  const both = /[을은이과](\(|\/)[를는가와]|\(으\)로|[를는가와]\([을은이과]\)/
  const files = readdirSync(KOREAN).filter((name) => name !== 'particles.ts')
  expect(files.length).toBeGreaterThan(10)
  const found = files.flatMap((name) => {
    const lines = readFileSync(join(KOREAN, name), 'utf8').split('\n')
    return lines
      .filter((line) => both.test(line.replaceAll(/, '[^']*\/[^']*'\)/g, '')))
      .map((line) => `${name}: ${line}`)
  })
  expect(found).toEqual([])
})

test('one is singular', () => {
  expect(resendTexts.en.resend.send(1)).toBe('Resend to 1 device')
  expect(resendTexts.en.resend.send(1_234_567)).toBe('Resend to 1,234,567 devices')
  expect(campaignTexts.en.campaignActions.paused(1)).toBe(
    'Paused. 1 message was in flight and may still arrive.',
  )
})

test('a particle is chosen for the value that it follows', () => {
  const { draftAudience, draftSend } = draftTexts.ko
  expect(draftSend.confirm('51,805')).toBe('계속하려면 기기 수 51,805를 입력하세요')
  expect(draftSend.confirmWrong('1,000')).toBe('1,000과 일치하지 않습니다.')
  expect(draftSend.summaryNow('\u2068봄 세일\u2069', '기기 2대', '전체')).toContain(
    '“\u2068봄 세일\u2069”을 기기 2대(전체)에',
  )
  expect(draftSend.audienceChanged('기기 2대', '기기 51,805대')).toContain(
    '기기 2대에서 기기 51,805대로 변경',
  )
  expect(calendarTexts.ko.conflicts.take('오전 10:05')).toBe('오전 10:05로 변경')
  expect(draftAudience.problems.locale('ko_KR')).toContain('“ko_KR”은 올바른')
})

test('every error is a Korean sentence without English in it', () => {
  const latin = /[A-Za-z’']{4,}(\s+[A-Za-z’']{4,}){2}/
  const wrong = Object.entries(ERROR_TITLES).filter(
    ([, said]) => !/[가-힣]/.test(said) || !/[.?!]$/.test(said) || latin.test(said),
  )
  expect(wrong).toEqual([])
})

test('every error says what to do about it, or why there is nothing to do', () => {
  const step = /(세요|진행합니다|않았습니다)\.$/
  expect(Object.entries(ERROR_TITLES).filter(([, said]) => !step.test(said))).toEqual([])
})
