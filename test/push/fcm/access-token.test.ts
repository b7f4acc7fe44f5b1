import { type Logger, pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CredentialError, type MintedToken } from '../../../src/push/fcm/access-token.ts'
import { accessTokenFrom } from './access-token-from.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

function setup(lifetimeMs = HOUR) {
  let minted = 0
  let now = 1_000_000
  const accessToken = accessTokenFrom(async () => ({
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

/** A token service whose answers the test decides one by one, at a time that stands still unless the test advances it. */
function service(log?: Logger) {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const calls: { signal: AbortSignal; answer: PromiseWithResolvers<MintedToken> }[] = []
  const accessToken = accessTokenFrom((signal) => {
    const answer = Promise.withResolvers<MintedToken>()
    calls.push({ signal, answer })
    return answer.promise
  }, log)
  const last = () => {
    const call = calls.at(-1)
    if (call === undefined) throw new Error('no token was asked for')
    return call
  }
  return {
    accessToken,
    calls,
    answer: (token: string, lifetimeMs = HOUR) =>
      last().answer.resolve({ token, expiresAt: Date.now() + lifetimeMs }),
    fail: async (isRefused = false) => {
      const outcome = accessToken.get()
      last().answer.reject(new CredentialError(`failure ${calls.length}`, isRefused))
      await Promise.allSettled([outcome])
      // A mint in the background: its failure is processed after these turns.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    },
  }
}

test('many who ask at once cause one fetch, and later ones none, not even a promise', async () => {
  const { get, minted } = setup()
  expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1'])
  expect(get()).toBe('token-1')
  expect(minted()).toBe(1)
})

describe('a token that expires soon', () => {
  test('is renewed in the background, and used meanwhile', async () => {
    const { get, pass, minted } = setup()
    await get()
    pass(HOUR - 5 * MINUTE - 1)
    expect(get()).toBe('token-1')
    expect(minted()).toBe(1)
    pass(1)
    expect(get()).toBe('token-1')
    expect(minted()).toBe(2)
    await vi.waitUntil(() => get() === 'token-2')
  })

  test('is used until it expires while the token service does not answer', async () => {
    const { accessToken, calls, answer } = service()
    const first = accessToken.get()
    answer('a')
    await first
    vi.advanceTimersByTime(HOUR - 4 * MINUTE)
    for (let i = 0; i < 100; i++) expect(accessToken.get()).toBe('a')
    expect(calls).toHaveLength(2)
    // Times after each deadline and each back-off.
    for (let second = 0; second < 239; second++) {
      await vi.advanceTimersByTimeAsync(1_000)
      expect(accessToken.get()).toBe('a')
    }
    await vi.advanceTimersByTimeAsync(1_000)
    const waiting = Promise.resolve(accessToken.get()).catch((error: Error) => error.message)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await waiting).toContain('could not be reached')
    expect(calls.length).toBeLessThan(20)
  })

  test('is not renewed at each call when the token service returns such tokens from a cache', async () => {
    const { get, pass, minted } = setup(4 * MINUTE)
    await get()
    for (let i = 0; i < 100; i++) expect(get()).toBe('token-1')
    await Promise.resolve()
    expect(minted()).toBe(1)
    pass(2 * MINUTE)
    get()
    expect(minted()).toBe(2)
  })
})

describe('a token service that does not answer', () => {
  test('fails the callers after ten seconds, with its name and what to do', async () => {
    const { accessToken, calls } = service()
    const outcome = Promise.resolve(accessToken.get()).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome).toMatchObject({
      name: 'CredentialError',
      isRefused: false,
      message:
        'The token service tokens.test could not be reached: no answer within 10 s. Check that this machine can connect to tokens.test, directly or through the proxy in FCM_PROXY or HTTPS_PROXY.',
    })
    expect(calls[0]?.signal.aborted, 'the request has ended').toBe(true)
  })

  test('delays nobody after the access token is closed', async () => {
    const { accessToken, calls } = service()
    const outcome = accessToken.get()
    accessToken.close()
    await expect(outcome).rejects.toThrow('the sender is closed')
    await expect(accessToken.get()).rejects.toThrow('the sender is closed')
    expect(calls).toHaveLength(1)
  })
})

describe('a token service that fails', () => {
  test('is asked again after one second, doubled up to thirty; callers in between get its failure at once', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    onTestFinished(() => void vi.restoreAllMocks())
    const { accessToken, calls, fail } = service()
    const first = accessToken.get()
    await fail()
    await expect(first).rejects.toThrow('failure 1')
    for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      vi.advanceTimersByTime(seconds * 1_000 - 1)
      await expect(accessToken.get()).rejects.toThrow(`failure ${index + 1}`)
      expect(calls).toHaveLength(index + 1)
      vi.advanceTimersByTime(1)
      const next = accessToken.get()
      expect(calls).toHaveLength(index + 2)
      await fail()
      await expect(next).rejects.toThrow(`failure ${index + 2}`)
    }
  })

  test('is not asked by all machines at the same moment', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    onTestFinished(() => void vi.restoreAllMocks())
    const { accessToken, calls, fail } = service()
    accessToken.get()
    await fail()
    vi.advanceTimersByTime(500)
    accessToken.get()
    expect(calls).toHaveLength(2)
  })

  test('works again: the back-off is forgotten', async () => {
    const { accessToken, answer, fail } = service()
    accessToken.get()
    await fail()
    vi.advanceTimersByTime(1_000)
    const next = accessToken.get()
    answer('a')
    expect(await next).toBe('a')
    expect(accessToken.get()).toBe('a')
  })

  test('by refusing the credential is asked again within a second each time: a person may have corrected it', async () => {
    const { accessToken, calls, fail } = service()
    for (let i = 1; i <= 5; i++) {
      accessToken.get()
      expect(calls).toHaveLength(i)
      await fail(true)
      vi.advanceTimersByTime(1_000)
    }
  })

  test('with an expired token is not asked again at once', async () => {
    const { accessToken, calls, answer } = service()
    const first = accessToken.get()
    answer('a', -1)
    await expect(first).rejects.toThrow('already expired')
    await expect(accessToken.get()).rejects.toThrow('already expired')
    expect(calls).toHaveLength(1)
  })

  test('is logged once for each outage, and once more when the old token has expired', async () => {
    const lines: string[] = []
    const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
    const { accessToken, answer, fail } = service(log)
    const first = accessToken.get()
    answer('a')
    await first
    vi.advanceTimersByTime(HOUR - 5 * MINUTE)
    for (let i = 0; i < 3; i++) {
      accessToken.get()
      await fail()
      vi.advanceTimersByTime(30_000)
    }
    vi.advanceTimersByTime(5 * MINUTE)
    for (let i = 0; i < 3; i++) {
      accessToken.get()
      await fail()
      vi.advanceTimersByTime(30_000)
    }
    const next = accessToken.get()
    answer('b')
    await next
    expect(lines).toEqual([
      'the access token could not be renewed; it is used until it expires',
      'there is no access token for FCM: nothing can be sent',
      'access tokens are available again',
    ])
  })
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

test('the same token returned again after its refusal is no use either', async () => {
  const accessToken = accessTokenFrom(async () => ({ token: 'owner', expiresAt: Number.POSITIVE_INFINITY }))
  await accessToken.get()
  expect(accessToken.refused('owner')).toBe(true)
  await accessToken.get()
  expect(accessToken.refused('owner')).toBe(false)
})
