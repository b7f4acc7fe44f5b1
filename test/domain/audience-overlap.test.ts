import { expect, test } from 'vitest'
import { mayOverlap } from '../../src/domain/audience-overlap.ts'
import type { Audience } from '../../src/domain/campaign.ts'

const filter = (conditions: Extract<Audience, { filter: object }>['filter']): Audience => ({
  filter: conditions,
})
const members = (...externalIds: string[]): Audience => ({ externalIds })
const many = Array.from({ length: 11 }, (_, n) => `m${n}`)

const TOGETHER: [string, Audience | null, Audience | null][] = [
  ['everybody and anybody', { all: true }, members('a')],
  ['a list that is too long to be read', null, members('a')],
  ['two lists with a member in both', members('a', 'b'), members('b', 'c')],
  ['a list and a filter', members('a'), filter({ platforms: ['ios'] })],
  ['a long list and another', members(...many), members('x')],
  ['a platform of both', filter({ platforms: ['ios', 'web'] }), filter({ platforms: ['web'] })],
  ['a language and its region', filter({ locales: ['de'] }), filter({ locales: ['de-AT'] })],
  ['conditions about different things', filter({ platforms: ['ios'] }), filter({ locales: ['ko'] })],
  ['different attributes', filter({ attributes: { tier: 'gold' } }), filter({ attributes: { age: 5 } })],
  ['the same value', filter({ attributes: { tier: 'gold' } }), filter({ attributes: { tier: 'gold' } })],
  ['lists as values', filter({ attributes: { tags: ['a'] } }), filter({ attributes: { tags: ['b'] } })],
  ['a name of objects', filter({ attributes: { toString: 'x' } }), filter({ attributes: {} })],
  ['how long ago they were seen', filter({ seenWithinDays: 1 }), filter({ seenWithinDays: 30 })],
]
const APART: [string, Audience, Audience][] = [
  ['two lists', members('a'), members('b', 'c')],
  ['platforms', filter({ platforms: ['ios'] }), filter({ platforms: ['android', 'web'] })],
  ['languages', filter({ locales: ['ko'] }), filter({ locales: ['kok', 'en'] })],
  ['regions', filter({ locales: ['de-AT'] }), filter({ locales: ['de-CH'] })],
  [
    'the value of an attribute',
    filter({ attributes: { tier: 'gold', a: 1 } }),
    filter({ attributes: { tier: null } }),
  ],
]

test.each(TOGETHER)('may have somebody in common: %s', (_, one, other) => {
  expect(mayOverlap(one, other)).toBe(true)
  expect(mayOverlap(other, one)).toBe(true)
})

test.each(APART)('have nobody in common: %s', (_, one, other) => {
  expect(mayOverlap(one, other)).toBe(false)
  expect(mayOverlap(other, one)).toBe(false)
})
