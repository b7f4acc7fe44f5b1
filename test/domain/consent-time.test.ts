import { expect, test } from 'vitest'
import { checkMemberChanges } from '../../src/domain/check-member.ts'
import { checkDevice, type DeviceInput } from '../../src/domain/device-row.ts'
import type { Rejection } from '../../src/domain/rejection.ts'

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

function inList(given: DeviceInput) {
  const dropped: Rejection[] = []
  const row = checkDevice({ address: 'a-token', externalId: 'ada', platform: 'ios', ...given }, dropped)
  return { ...row, dropped: dropped.map(({ code }) => code) }
}

test.each([
  ['hours ahead: a time of Seoul that was taken for UTC', inHours(9)],
  ['the same without its zone', inHours(9).replace('T', ' ').slice(0, 19)],
])('a list with a time that is still to come has none, and says so: %s', (_, consentAt) => {
  for (const optedOut of ['no', 'yes']) {
    expect(inList({ optedOut, consentAt })).toMatchObject({
      optedOut: optedOut === 'yes',
      consentAt: null,
      dropped: ['invalid_consent_at'],
    })
  }
})

test('clocks differ a little', () => {
  const consentAt = inHours(0.05)
  expect(inList({ optedOut: false, consentAt })).toMatchObject({ consentAt, dropped: [] })
})

test('an app with a wrong clock has opted out all the same', () => {
  const optedOut = { optedOut: true, consentAt: inHours(9) }
  const row = checkDevice({ address: 'a-token', externalId: 'ada', platform: 'ios', ...optedOut })
  expect(row).toMatchObject(optedOut)
})

test.each([
  ['2026-06-01', true, '2026-06-01T23:59:59.999Z'],
  [' 2026.6.1. ', true, '2026-06-01T23:59:59.999Z'],
  ['2026-06-01', false, '2026-06-01T00:00:00.000Z'],
  ['2026-06-01T00:00:00Z', true, '2026-06-01T00:00:00.000Z'],
  ['2026-06-01 10:00:00+09', true, '2026-06-01T01:00:00.000Z'],
])('an opt-out of some day holds to its end: %s, %s', (consentAt, optedOut, stored) => {
  expect(inList({ optedOut, consentAt })).toMatchObject({ consentAt: stored, dropped: [] })
})

test.each(['1899-12-30T00:00:00Z', '0026-11-01T00:00:00Z'])(
  'a person cannot state one of %s either',
  (consentAt) => {
    expect(() => checkMemberChanges({ optedOut: true, consentAt: new Date(consentAt) })).toThrow('since 2000')
  },
)
