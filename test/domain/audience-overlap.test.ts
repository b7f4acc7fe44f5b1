import { expect, test } from 'vitest'
import { includesAll, mayOverlap } from '../../src/domain/audience-overlap.ts'
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

const WITHIN: [string, Audience, Audience | null][] = [
  ['everybody', { all: true }, null],
  ['the same platforms', filter({ platforms: ['ios', 'web'] }), filter({ platforms: ['web', 'ios'] })],
  ['more platforms', filter({ platforms: ['ios', 'web'] }), filter({ platforms: ['web'] })],
  ['a language of a region', filter({ locales: ['de'] }), filter({ locales: ['de-AT'] })],
  ['fewer conditions', filter({ platforms: ['ios'] }), filter({ platforms: ['ios'], locales: ['ko'] })],
  ['the same value', filter({ attributes: { a: 1 } }), filter({ attributes: { a: 1, b: 2 } })],
  ['a longer time', filter({ seenWithinDays: 30 }), filter({ seenWithinDays: 7 })],
]
const NOT_WITHIN: [string, Audience | null, Audience | null][] = [
  ['what is not known', null, { all: true }],
  ['lists', members('a'), members('a')],
  ['everybody in a part', filter({ platforms: ['ios'] }), { all: true }],
  ['a list in a filter', filter({ platforms: ['ios'] }), members('a')],
  ['fewer platforms', filter({ platforms: ['web'] }), filter({ platforms: ['ios', 'web'] })],
  ['a region', filter({ locales: ['de-AT'] }), filter({ locales: ['de'] })],
  ['another language with the same beginning', filter({ locales: ['ko'] }), filter({ locales: ['kok'] })],
  ['a condition that the other has not', filter({ attributes: { a: 1 } }), filter({ platforms: ['ios'] })],
  ['another value', filter({ attributes: { a: 1 } }), filter({ attributes: { a: 2 } })],
  ['values that are not compared', filter({ attributes: { a: [1] } }), filter({ attributes: { a: [1] } })],
  ['a shorter time', filter({ seenWithinDays: 7 }), filter({ seenWithinDays: 30 })],
  ['a time, and none', filter({ seenWithinDays: 7 }), filter({ platforms: ['ios'] })],
]

test.each(WITHIN)('has everybody of it: %s', (_, outer, inner) => {
  expect(includesAll(outer, inner)).toBe(true)
})

test.each(NOT_WITHIN)('may lack somebody of it: %s', (_, outer, inner) => {
  expect(includesAll(outer, inner)).toBe(false)
})
