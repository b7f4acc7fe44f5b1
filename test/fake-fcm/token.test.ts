import { expect, test } from 'vitest'
import { kindOf } from '../../src/domain/address.ts'
import { fidFor, indexOfToken, isDeadToken, platformFor, tokenFor } from '../../testing/fake-fcm/token.ts'

test('a token looks like one of FCM’s, is the same each time, and carries its number', () => {
  for (const index of [0, 1, 63, 64, 12_345_678, 2 ** 40]) {
    const token = tokenFor(index)
    expect(token).toMatch(/^[cdef][A-Za-z0-9_-]{21}:APA91b[A-Za-z0-9_-]{134}$/)
    expect(token).toBe(tokenFor(index))
    expect(indexOfToken(token)).toBe(index)
  }
})

test('tokens differ by number, seed and platform', () => {
  const tokens = Array.from({ length: 20_000 }, (_, index) => tokenFor(index))
  expect(new Set(tokens).size).toBe(20_000)
  expect(tokenFor(1, { seed: 2 })).not.toBe(tokenFor(1))
  expect(tokenFor(1, { platform: 'web' })).not.toBe(tokenFor(1, { platform: 'ios' }))
})

test('an installation id looks like one of Firebase’s, and is told by its form', () => {
  const fids = Array.from({ length: 20_000 }, (_, index) => fidFor(index))
  expect(fids.every((fid) => kindOf(fid) === 'fid')).toBe(true)
  expect(new Set(fids).size).toBe(20_000)
  expect(fidFor(1)).toBe(fidFor(1))
  expect(fidFor(1, { seed: 2 })).not.toBe(fidFor(1))
})

test.each(['cR2x', tokenFor(1), `g${'x'.repeat(21)}`, `c${'x'.repeat(22)}`, `c${'x'.repeat(20)}!`, ''])(
  'everything else is a token: %j',
  (text) => {
    expect(kindOf(text)).toBe('token')
  },
)

test('a token of somebody else has no number', () => {
  const real = `cR2x${'a'.repeat(18)}:APA91b${'F'.repeat(134)}`
  expect(indexOfToken(real)).toBe(-1)
  expect(indexOfToken('')).toBe(-1)
  expect(indexOfToken(`${'c'.repeat(22)}:APA91bFka!!!!!!!`)).toBe(-1)
})

test('platforms are mixed six to three to one', () => {
  const counts = { android: 0, ios: 0, web: 0 }
  for (let index = 0; index < 1000; index++) counts[platformFor(index)]++
  expect(counts).toEqual({ android: 600, ios: 300, web: 100 })
})

test('the share of dead tokens is what was asked for, and a larger share keeps the dead dead', () => {
  const tokens = Array.from({ length: 20_000 }, (_, index) => tokenFor(index))
  const dead = tokens.filter((token) => isDeadToken(token, 0.05))
  expect(dead.length).toBeGreaterThan(900)
  expect(dead.length).toBeLessThan(1100)
  expect(dead.every((token) => isDeadToken(token, 0.2))).toBe(true)
  expect(tokens.some((token) => isDeadToken(token, 0))).toBe(false)
  expect(isDeadToken(tokenFor(1, { kind: 'dead' }), 0)).toBe(true)
})
