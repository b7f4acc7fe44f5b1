import { expect, test } from 'vitest'
import { AccessToken } from '../../../src/push/fcm/access-token.ts'

const HOUR = 3_600_000

function setup(lifetimeMs = HOUR) {
  let minted = 0
  let now = 1_000_000
  const accessToken = new AccessToken(async () => ({
    token: `token-${++minted}`,
    expiresAt: now + lifetimeMs,
  }))
  return {
    accessToken,
    get: () => accessToken.get(now),
    pass: (ms: number) => {
      now += ms
    },
    minted: () => minted,
  }
}

test('many who ask at once cause one fetch, and later ones none, not even a promise', async () => {
  const { get, minted } = setup()
  expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1'])
  expect(get()).toBe('token-1')
  expect(minted()).toBe(1)
})

test('a token is replaced shortly before it expires, not after', async () => {
  const { get, pass } = setup()
  await get()
  pass(HOUR - 5 * 60_000 - 1)
  expect(get()).toBe('token-1')
  pass(1)
  expect(await get()).toBe('token-2')
})

test('while no new token can be had, the old one serves until it expires', async () => {
  let isAway = false
  const accessToken = new AccessToken(async () => {
    if (isAway) throw new Error('away')
    return { token: 'a', expiresAt: HOUR }
  })
  await accessToken.get(0)
  isAway = true
  expect(await accessToken.get(HOUR - 1)).toBe('a')
  await expect(accessToken.get(HOUR)).rejects.toThrow('away')
})

test('a failed fetch is not remembered', async () => {
  const answers = [Promise.reject(new Error('away')), Promise.resolve({ token: 'a', expiresAt: Infinity })]
  const accessToken = new AccessToken(() => answers.shift() ?? Promise.reject(new Error('asked too often')))
  await expect(accessToken.get()).rejects.toThrow('away')
  expect(await accessToken.get()).toBe('a')
})

test('all requests that carried a refused token hear the same: try again', async () => {
  const { accessToken, get, minted } = setup()
  await get()
  expect([1, 2, 3].map(() => accessToken.refused('token-1'))).toEqual([true, true, true])
  expect(await get()).toBe('token-2')
  expect(accessToken.refused('token-1'), 'one that was slow').toBe(true)
  expect(await get()).toBe('token-2')
  expect(minted()).toBe(2)
})

test('a second token refused in a row means that trying again is no use', async () => {
  const { accessToken, get } = setup()
  await get()
  accessToken.refused('token-1')
  await get()
  expect([1, 2].map(() => accessToken.refused('token-2'))).toEqual([false, false])
  await get()
  expect(accessToken.refused('token-3')).toBe(false)
})

test('a token that was accepted makes the next refusal a first one', async () => {
  const { accessToken, get } = setup()
  await get()
  accessToken.refused('token-1')
  await get()
  accessToken.accepted('token-1')
  accessToken.accepted('token-2')
  expect(accessToken.refused('token-2')).toBe(true)
})

test('the same token handed out again after its refusal is no use either', async () => {
  const accessToken = new AccessToken(async () => ({ token: 'owner', expiresAt: Number.POSITIVE_INFINITY }))
  await accessToken.get()
  expect(accessToken.refused('owner')).toBe(true)
  await accessToken.get()
  expect(accessToken.refused('owner')).toBe(false)
})
