/** Our HTTP/2 client against the servers that people run: see front-ends.ts. */
import { describe, expect, test, vi } from 'vitest'
import { isDeadToken } from '../../../../testing/fake-fcm/token.ts'
import { accessTokenFrom } from '../access-token-from.ts'
import { bearer, tokens } from '../push-sender-contract.ts'
import { type FrontEndName, whyNot } from './front-ends.ts'
import { expectTrue, kindsOf, type SceneOptions, sendAll, setupFrontEnd } from './send-all.ts'

vi.setConfig({ testTimeout: 120_000 })

const FCM_LATENCY = [100, 250] as const
const SHORT_LATENCY = [20, 50] as const

function testOf(name: FrontEndName) {
  const reason = whyNot(name)
  if (reason === undefined) return test
  console.warn(`skipped: ${reason}`)
  return test.skip
}

async function sendThrough(name: FrontEndName, count: number, options: SceneOptions) {
  const { fake, sender } = await setupFrontEnd(name, options)
  const all = tokens(count)
  const outcomes = await sendAll(sender, all)
  await expectTrue(fake, all, outcomes)
  return { outcomes, stats: await fake.stats() }
}

describe.each(['nginx', 'haproxy', 'nghttpx', 'apache2'] as const)('behind %s', (name) => {
  const test = testOf(name)

  test('10,000 messages at full rate each get the answer that FCM gave', async () => {
    const deadShare = 0.02
    const fake = { latencyMs: FCM_LATENCY, deadShare, errorShares: { unavailable: 0.003 } }
    const { outcomes, stats } = await sendThrough(name, 10_000, { fake })
    const refused = stats.byStatus['503'] ?? 0
    const dead = tokens(10_000).filter((token) => isDeadToken(token, deadShare)).length
    const kinds = kindsOf(outcomes)
    expect(kinds).toEqual({ sent: stats.accepted, token_gone: kinds.token_gone, retry_later: refused })
    // A dead token may have got a 503 instead.
    expect(kinds.token_gone).toBeGreaterThan(dead - refused - 1)
    expect(stats.received).toBe(10_000)
  })

  test.each([1, 10, 100, 1_000])('that allows %i streams all messages are sent', async (maxStreams) => {
    const { outcomes, stats } = await sendThrough(name, 1_000, {
      maxStreams,
      fake: { latencyMs: SHORT_LATENCY },
    })
    expect(kindsOf(outcomes)).toEqual({ sent: 1_000 })
    expect(stats.maxStreams).toBeLessThanOrEqual(Math.min(1_000, 256 * maxStreams))
  })

  test('a reload at full rate loses nothing, and repeats only what is in doubt', async () => {
    const scene = await setupFrontEnd(name, { fake: { latencyMs: FCM_LATENCY } })
    const { fake, front, sender, connections } = scene
    const all = tokens(8_000)
    const sending = sendAll(sender, all)
    for (let reload = 1; reload <= 2; reload++) {
      await fake.whenAccepted(reload * 2_000)
      front.reload()
    }
    const outcomes = await sending
    // Ten carry the rate, and a reload ends them.
    expect(connections()).toBeGreaterThan(10)
    await expectTrue(fake, all, outcomes)
    const again = all.filter((_, i) => ['retry_later', 'in_doubt'].includes(outcomes[i]?.kind ?? ''))
    // At most what was in flight at each reload.
    expect(again.length).toBeLessThanOrEqual(2_000)
    expect(kindsOf(await sendAll(sender, again))).toEqual(again.length === 0 ? {} : { sent: again.length })
    const { accepted, duplicates } = await fake.stats()
    expect(accepted - duplicates).toBe(8_000)
    expect(duplicates).toBeLessThanOrEqual(kindsOf(outcomes).in_doubt ?? 0)
  })
})

describe('behind nginx', () => {
  const test = testOf('nginx')

  test.each([1, 50, 1_000])(
    'that takes %i requests a connection each message is sent once',
    async (limit) => {
      const count = limit === 1 ? 500 : 5_000
      const options = { requestsPerConnection: limit, fake: { latencyMs: SHORT_LATENCY } }
      const { outcomes } = await sendThrough('nginx', count, options)
      expect(kindsOf(outcomes)).toEqual({ sent: count })
    },
  )

  test('headers of 40,000 bytes, which take several frames, are read', async () => {
    const { outcomes } = await sendThrough('nginx', 2_000, { longHeaders: 10 })
    expect(kindsOf(outcomes)).toEqual({ sent: 2_000 })
  })
})

const LONG_TOKEN = 'x'.repeat(5_000)

describe('behind nghttpx', () => {
  const test = testOf('nghttpx')

  test.each([
    [0, 0, 'owner'],
    [0, 4_096, 'owner'],
    [4_096, 0, 'owner'],
    [100, 100, 'owner'],
    [65_536, 65_536, 'owner'],
    [4_096, 4_096, LONG_TOKEN],
    [65_536, 65_536, LONG_TOKEN],
  ])('whose header tables have %i and %i bytes, all messages are sent', async (decoder, encoder, token) => {
    const args = [
      `--frontend-http2-decoder-dynamic-table-size=${decoder}`,
      `--frontend-http2-encoder-dynamic-table-size=${encoder}`,
    ]
    const { outcomes } = await sendThrough('nghttpx', 2_000, {
      args,
      accessToken: bearer(token),
      fake: { bearers: [token] },
    })
    expect(kindsOf(outcomes)).toEqual({ sent: 2_000 })
  })

  test('a new access token for each few messages changes the table each time', async () => {
    let minted = 0
    const accessToken = accessTokenFrom(async () => ({
      token: `token-${++minted}`,
      expiresAt: Date.now() + 3_600_000,
    }))
    const { fake, sender } = await setupFrontEnd('nghttpx', { accessToken, fake: { bearers: null } })
    const all = tokens(2_000)
    for (let at = 0; at < all.length; at += 50) {
      expect(kindsOf(await sendAll(sender, all.slice(at, at + 50)))).toEqual({ sent: 50 })
      accessToken.refused(`token-${minted}`)
      accessToken.accepted(`token-${minted}`)
    }
    expect(minted).toBe(40)
    expect((await fake.stats()).duplicates).toBe(0)
  })

  test('a window of one byte, and padding, delay messages and lose none', async () => {
    const args = ['--frontend-http2-window-size=1', '--padding=255']
    const { outcomes } = await sendThrough('nghttpx', 300, { args })
    expect(kindsOf(outcomes)).toEqual({ sent: 300 })
  })
})

describe('nghttpd', () => {
  const test = testOf('nghttpd')

  test.each([
    [['--padding=255', '--trailer=x-checksum: 1', '--no-content-length']],
    [['--header-table-size=0', '--encoder-header-table-size=0']],
    [['--header-table-size=64K', '--encoder-header-table-size=64K']],
    [['--window-bits=1']],
    [['--early-response']],
    [['--window-bits=30', '--connection-window-bits=30', '--max-concurrent-streams=1000']],
  ])('with %j answers all messages', async (args) => {
    const { sender } = await setupFrontEnd('nghttpd', { args })
    const outcomes = await sendAll(sender, tokens(2_000))
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([JSON.stringify({ kind: 'sent', messageId: '1' })]),
    )
  })
})
