import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accessTexts } from '../../console/src/text/access-texts.ts'
import { draftTexts } from '../../console/src/text/draft-texts.ts'
import { en } from '../../console/src/text/en.ts'
import { ko } from '../../console/src/text/ko.ts'
import { membersTexts } from '../../console/src/text/members-texts.ts'
import { systemTexts } from '../../console/src/text/system-texts.ts'

const KOREAN = join(import.meta.dirname, '../../console/src/text/ko')
const ENGLISH_TEXTS = [en, accessTexts.en, draftTexts.en, membersTexts.en, systemTexts.en]
const KOREAN_TEXTS = [ko, accessTexts.ko, draftTexts.ko, membersTexts.ko, systemTexts.ko]

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
    ([path, said]) => !SAME.has(said) && (said === english.get(path) || said.trim() === ''),
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
  expect(en.campaignActions.resendTitle(1)).toBe('Resend to 1 device?')
  expect(en.campaignActions.resendTitle(1_234_567)).toBe('Resend to 1,234,567 devices?')
  expect(en.campaignActions.paused(1)).toBe('Paused. 1 message was in flight and may still arrive.')
  expect(en.campaign.batchRetries(1, 2)).toMatch('1 retry, 2 attempts in total')
  expect(en.campaign.batchRetries(37, 20_037)).toMatch('37 retries, 20,037 attempts in total')
})

test('a particle is chosen for the value that it follows', () => {
  const { draft, draftAudience, draftSend } = draftTexts.ko
  expect(draftSend.confirm('51,805')).toBe('계속하려면 기기 수 51,805를 입력하세요')
  expect(draftSend.confirmWrong('1,000')).toBe('1,000과 일치하지 않습니다.')
  expect(draftSend.summaryNow('\u2068봄 세일\u2069', '기기 2대', '전체')).toContain(
    '“\u2068봄 세일\u2069”을 기기 2대(전체)에',
  )
  expect(draft.conflict('가을 특가', '11월 30일(월) 오전 10:00')).toContain('“가을 특가”로 저장')
  expect(draft.switchTime('오전 10:05')).toBe('오전 10:05로 변경')
  expect(draftAudience.problems.locale('ko_KR')).toContain('“ko_KR”은 올바른')
})
