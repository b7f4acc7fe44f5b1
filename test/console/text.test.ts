import { expect, test } from 'vitest'
import { en } from '../../console/src/text/en.ts'
import { ko } from '../../console/src/text/ko.ts'

/** The same in every language. */
const SAME = new Set(['–', 'Android'])

function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => textsOf(part, `${path}/${name}`))
}

test('no English is left over in Korean, and nothing is empty', () => {
  const english = new Map(textsOf(en))
  const korean = textsOf(ko)
  expect(korean.length).toBeGreaterThan(100)
  const leftOver = korean.filter(
    ([path, said]) => !SAME.has(said) && (said === english.get(path) || said.trim() === ''),
  )
  expect(leftOver).toEqual([])
})

test('one is singular', () => {
  expect(en.campaignActions.resendTitle(1)).toBe('Send again to 1 device?')
  expect(en.campaignActions.resendTitle(1_234_567)).toBe('Send again to 1,234,567 devices?')
  expect(en.campaign.triedAgain(1, 2)).toMatch('tried again once, 2 attempts in all')
  expect(en.campaign.triedAgain(37, 20_037)).toMatch('tried again 37 times, 20,037 attempts in all')
})
