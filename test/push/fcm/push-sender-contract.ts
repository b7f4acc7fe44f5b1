/**
 * What every PushSender promises, run for each of them against a fake FCM over real HTTP/2: see push-sender.ts for
 * the words. A test of one sender only is in that sender's own file.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Address, kindOf } from '../../../src/domain/address.ts'
import type { Outcome } from '../../../src/domain/outcome.ts'
import type { AccessToken } from '../../../src/push/fcm/access-token.ts'
import type { PushMessage } from '../../../src/push/push-message.ts'
import type { PushBatch, PushSender } from '../../../src/push/push-sender.ts'
import type { AnswerName } from '../../../testing/fake-fcm/answers.ts'
import { type FakeFcm, startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import type { FakeFcmOptions } from '../../../testing/fake-fcm/options.ts'
import { fidFor, tokenFor } from '../../../testing/fake-fcm/token.ts'
import { until } from '../../support/until.ts'
import { accessTokenFrom } from './access-token-from.ts'

interface SenderSettings {
  accessToken: AccessToken
  concurrency: number
  requestTimeoutMs: number
}

/** Builds the sender; what it needs undone it registers with onTestFinished. */
export type OpenSender = (fake: FakeFcm, settings: SenderSettings) => PushSender

export const MESSAGE: PushMessage = {
  content: { title: 'Spring', body: 'It is here.' },
  collapseId: 'collapse-1',
}

export function tokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) => tokenFor(index))
}

/** By their form: also installation ids. */
export function addressesOf(texts: readonly string[]): Address[] {
  return texts.map((address) => ({ address, kind: kindOf(address) }))
}

export function bearer(token = 'owner'): AccessToken {
  return accessTokenFrom(async () => ({ token, expiresAt: Number.POSITIVE_INFINITY }))
}

export interface SetupOptions extends Partial<SenderSettings> {
  fake?: FakeFcmOptions
}

export async function setup(openSender: OpenSender, { fake: fakeOptions, ...settings }: SetupOptions = {}) {
  const fake = await startFakeFcm(fakeOptions)
  onTestFinished(() => fake.close())
  const sender = openSender(fake, {
    accessToken: bearer(),
    concurrency: 100,
    // Not reached unless a test says how soon.
    requestTimeoutMs: 20_000,
    ...settings,
  })
  onTestFinished(() => sender.close())
  return { fake, sender }
}

/** Sends, and returns the outcomes by index. Fails when one is reported twice, or after the end. */
export async function send(
  sender: PushSender,
  { tokens, ...batch }: Partial<PushBatch> & { tokens: readonly string[] },
  signal = new AbortController().signal,
): Promise<(Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = tokens.map(() => undefined)
  let hasEnded = false
  await sender.send(
    { message: MESSAGE, addresses: addressesOf(tokens), ...batch },
    {
      signal,
      report: (index, outcome) => {
        expect(hasEnded, 'a report after send has resolved').toBe(false)
        expect(outcomes[index], `a second report for message ${index}`).toBeUndefined()
        outcomes[index] = outcome
      },
    },
  )
  hasEnded = true
  return outcomes
}

const ANSWERED: readonly [AnswerName, Outcome][] = [
  ['unregistered', { kind: 'token_gone', code: 'unregistered', isCertain: true }],
  ['apns_unregistered', { kind: 'token_gone', code: 'unregistered', isCertain: true }],
  ['bad_token', { kind: 'token_gone', code: 'invalid_address', isCertain: false }],
  ['bad_token_field', { kind: 'token_gone', code: 'invalid_address', isCertain: false }],
  ['bad_payload', { kind: 'rejected', code: 'invalid_payload' }],
  ['payload_too_large', { kind: 'rejected', code: 'invalid_payload' }],
  ['invalid_argument', { kind: 'rejected', code: 'invalid_payload' }],
  ['third_party_auth_error', { kind: 'rejected', code: 'third_party_auth_error' }],
  ['sender_id_mismatch', { kind: 'rejected', code: 'sender_id_mismatch' }],
  [
    'permission_denied',
    {
      kind: 'blocked',
      code: 'credential_refused',
      detail: expect.stringContaining("403 and said: Permission 'cloudmessaging.messages.create' denied"),
    },
  ],
  [
    'project_not_found',
    {
      kind: 'blocked',
      code: 'project_not_found',
      detail: 'FCM answered 404 and said: Requested entity was not found.',
    },
  ],
  ['quota_project', { kind: 'retry_later', code: 'quota_exceeded', scope: 'project', afterMs: 60_000 }],
  ['quota_device', { kind: 'retry_later', code: 'device_quota_exceeded', scope: 'device', afterMs: 60_000 }],
  ['internal', { kind: 'retry_later', code: 'internal', scope: 'device' }],
  ['unavailable', { kind: 'retry_later', code: 'unavailable', scope: 'device' }],
  ['unavailable_bare', { kind: 'retry_later', code: 'unavailable', scope: 'device' }],
  ['unspecified', { kind: 'retry_later', code: 'unspecified', scope: 'device' }],
  ['bad_gateway', { kind: 'retry_later', code: 'unavailable', scope: 'device' }],
  ['gateway_timeout', { kind: 'in_doubt', code: 'deadline_exceeded' }],
  ['ok_without_name', { kind: 'in_doubt', code: 'answer_lost' }],
  ['ok_malformed', { kind: 'in_doubt', code: 'answer_lost' }],
  ['ok_empty', { kind: 'in_doubt', code: 'answer_lost' }],
]

export function runPushSenderContract(name: string, openSender: OpenSender): void {
  describe(`${name}, as every sender,`, () => {
    test('sends 500 messages and reports each once, with its own message id', async () => {
      const { fake, sender } = await setup(openSender)
      const outcomes = await send(sender, { tokens: tokens(500) })
      expect(fake.stats()).toMatchObject({ accepted: 500, duplicates: 0 })
      const ids = outcomes.map((outcome) => (outcome?.kind === 'sent' ? outcome.messageId : outcome))
      expect(new Set(ids).size).toBe(500)
      expect(ids[0]).toMatch(/^0:\d{16}%[0-9a-f]{16}$/)
    })

    test('sends to tokens and installation ids in one batch, each under its own name', async () => {
      const { fake, sender } = await setup(openSender)
      const batch = [tokenFor(0), fidFor(1), tokenFor(2), fidFor(3)]
      expect((await send(sender, { tokens: batch })).map((outcome) => outcome?.kind)).toEqual(
        batch.map(() => 'sent'),
      )
      expect(fake.messages().map(({ address, kind }) => [address, kind])).toEqual(
        expect.arrayContaining(batch.map((address, n) => [address, n % 2 === 0 ? 'token' : 'fid'])),
      )
    })

    test('hears that an installation id is unknown, or none at all', async () => {
      const { fake, sender } = await setup(openSender)
      fake.retire([fidFor(1)])
      const addresses: Address[] = [
        { address: fidFor(1), kind: 'fid' },
        { address: tokenFor(2), kind: 'fid' },
        { address: fidFor(3), kind: 'fid' },
        { address: fidFor(4), kind: 'token' },
      ]
      expect(
        await send(sender, { tokens: addresses.map(({ address }) => address), addresses }),
      ).toMatchObject([
        { kind: 'token_gone', code: 'unregistered', isCertain: true },
        { kind: 'token_gone', code: 'invalid_address', isCertain: false },
        { kind: 'sent' },
        { kind: 'token_gone', code: 'invalid_address', isCertain: false },
      ])
    })

    test('refuses more than 500 messages and sends none of them', async () => {
      const { fake, sender } = await setup(openSender)
      await expect(send(sender, { tokens: tokens(501) })).rejects.toThrow('the batch has 501 messages')
      expect(fake.stats().requests).toBe(0)
    })

    test.each(ANSWERED)(
      'understands the answer %s, and does not let it touch the next device',
      async (answer, expected) => {
        const { fake, sender } = await setup(openSender)
        const [first = '', second = ''] = tokens(2)
        fake.program({ addresses: [first], times: null, effect: { answer } })
        const outcomes = await send(sender, { tokens: [first, second] })
        expect(outcomes[0]).toMatchObject(expected)
        // What FCM said goes with every refusal, for people.
        if (!['sent', 'in_doubt'].includes(outcomes[0]?.kind ?? '')) {
          expect(outcomes[0]).toMatchObject({ detail: expect.stringMatching(/\w/) })
        }
        expect(outcomes[1]).toMatchObject({ kind: 'sent' })
        // Nothing underneath may try again by itself: one retry layer.
        expect(fake.receivedCount(first)).toBe(1)
      },
    )

    test('passes Retry-After on', async () => {
      const { fake, sender } = await setup(openSender)
      fake.program({ effect: { answer: 'unavailable', retryAfter: '7' } })
      const outcomes = await send(sender, { tokens: tokens(1) })
      expect(outcomes).toMatchObject([
        { kind: 'retry_later', code: 'unavailable', scope: 'device', afterMs: 7_000 },
      ])
    })

    test('asks FCM to check without delivering', async () => {
      const { fake, sender } = await setup(openSender)
      const outcomes = await send(sender, { tokens: tokens(3), validateOnly: true })
      expect(outcomes).toEqual(Array(3).fill({ kind: 'sent', messageId: 'fake_message_id' }))
      expect(fake.stats()).toMatchObject({ validated: 3, accepted: 0 })
    })

    test('starts nothing when aborted beforehand', async () => {
      const { fake, sender } = await setup(openSender)
      const outcomes = await send(sender, { tokens: tokens(5) }, AbortSignal.abort())
      expect(outcomes).toEqual(Array(5).fill(undefined))
      expect(fake.stats().requests).toBe(0)
    })

    test('when aborted in between, awaits what is on its way and starts no more', async () => {
      const { fake, sender } = await setup(openSender, { concurrency: 10 })
      const gate = fake.hold()
      const stop = new AbortController()
      const sending = send(sender, { tokens: tokens(50) }, stop.signal)
      await gate.waitForHeld(10)
      stop.abort()
      gate.open()
      const outcomes = await sending
      expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(10)
      expect(outcomes.filter((outcome) => outcome?.kind === 'sent')).toHaveLength(10)
      expect(fake.stats().requests).toBe(10)
    })

    test('never has more than its concurrency in flight, over all batches', async () => {
      const { fake, sender } = await setup(openSender, { concurrency: 10 })
      const gate = fake.hold()
      const batches = [0, 1, 2].map((i) => send(sender, { tokens: tokens(60).slice(i * 20, i * 20 + 20) }))
      await gate.waitForHeld(10)
      gate.open()
      const outcomes = (await Promise.all(batches)).flat()
      expect(outcomes.every((outcome) => outcome?.kind === 'sent')).toBe(true)
      expect(fake.stats()).toMatchObject({ accepted: 60, maxStreams: 10 })
    })

    test('calls a message without an answer in doubt at the deadline, and goes on', async () => {
      const { fake, sender } = await setup(openSender, { concurrency: 1, requestTimeoutMs: 1_500 })
      const [first = '', second = '', third = ''] = tokens(3)
      fake.program({ addresses: [second], effect: { lose: 'hang' } })
      const outcomes = await send(sender, { tokens: [first, second, third] })
      expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['sent', 'in_doubt', 'sent'])
      expect(outcomes[1]).toEqual({ kind: 'in_doubt', code: 'deadline_exceeded' })
    })

    test.each([
      ['a TCP reset', { lose: 'destroy_socket' }],
      ['a clean FIN', { lose: 'fin' }],
      ['RST_STREAM', { lose: 'reset' }],
      ['a GOAWAY with an error', { lose: 'goaway' }],
    ] as const)(
      'calls a message in doubt that %s left without an answer, and sends again',
      async (_, effect) => {
        // The SDK takes a FIN for nothing, and waits until the deadline.
        const { fake, sender } = await setup(openSender, { requestTimeoutMs: 3_000 })
        fake.program({ effect })
        const [outcome] = await send(sender, { tokens: tokens(1) })
        expect(outcome?.kind).toBe('in_doubt')
        expect(fake.acceptedCount(tokenFor(0))).toBe(1)
        expect(fake.receivedCount(tokenFor(0)), 'sent again unseen').toBe(1)
        expect(await send(sender, { tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
      },
    )

    test('knows that a message was not sent from REFUSED_STREAM', async () => {
      const { fake, sender } = await setup(openSender)
      fake.program({ skip: 1, effect: { refuse: 'stream' } })
      const outcomes = await send(sender, { tokens: tokens(2) })
      expect(outcomes).toContainEqual({ kind: 'retry_later', code: 'unavailable', scope: 'device' })
      expect(outcomes.map((outcome) => outcome?.kind).sort()).toEqual(['retry_later', 'sent'])
      expect(fake.stats().accepted).toBe(1)
    })

    test('doubts no message because of a GOAWAY from before it', async () => {
      const { fake, sender } = await setup(openSender)
      fake.program({ skip: 1, effect: { refuse: 'goaway' } })
      const kinds = (await send(sender, { tokens: tokens(2) })).map((outcome) => outcome?.kind)
      expect(kinds.filter((kind) => kind !== 'sent' && kind !== 'retry_later')).toEqual([])
      expect(kinds.filter((kind) => kind === 'sent')).toHaveLength(fake.stats().accepted)
    })

    test('finishes what is in flight when the server asks the connection to end', async () => {
      const { fake, sender } = await setup(openSender)
      fake.program({ skip: 5, effect: { goawayAndAnswer: true } })
      const outcomes = await send(sender, { tokens: tokens(50) })
      expect(outcomes.filter((outcome) => outcome?.kind === 'in_doubt')).toEqual([])
      expect(outcomes.filter((outcome) => outcome?.kind === 'sent')).toHaveLength(fake.stats().accepted)
    })

    test('doubts no message because a server allows few streams', async () => {
      const { fake, sender } = await setup(openSender, { fake: { maxStreams: 10 } })
      const outcomes = await send(sender, { tokens: tokens(100) })
      const sent = outcomes.filter((outcome) => outcome?.kind === 'sent')
      const later = outcomes.filter((outcome) => outcome?.kind === 'retry_later')
      expect(sent.length + later.length).toBe(100)
      expect(sent).toHaveLength(fake.stats().accepted)
      expect(fake.stats().maxStreamsPerSession).toBeLessThanOrEqual(10)
    })

    test('says that nothing left when there is no connection', async () => {
      const { fake, sender } = await setup(openSender)
      await fake.close()
      expect(await send(sender, { tokens: tokens(3) })).toEqual(
        Array(3).fill({ kind: 'retry_later', code: 'connection_failed', scope: 'device' }),
      )
    })

    test('replaces a refused access token once, then sends', async () => {
      const minted = ['first', 'second', 'third']
      const accessToken = accessTokenFrom(async () => ({ token: minted.shift() ?? '', expiresAt: Infinity }))
      const { fake, sender } = await setup(openSender, { accessToken, fake: { bearers: ['second'] } })
      const refused: Outcome = {
        kind: 'retry_later',
        code: 'credential_refused',
        scope: 'device',
        afterMs: 0,
      }
      expect(await send(sender, { tokens: tokens(3) })).toEqual(Array(3).fill(refused))
      expect((await send(sender, { tokens: tokens(3) })).map((outcome) => outcome?.kind)).toEqual(
        Array(3).fill('sent'),
      )
      expect(minted).toEqual(['third'])
      // Accepted in between: refused an hour later is again worth a new token.
      fake.configure({ bearers: ['third'] })
      expect(await send(sender, { tokens: tokens(3) })).toEqual(Array(3).fill(refused))
      expect(await send(sender, { tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
    })

    test('is blocked when a new access token is refused as well', async () => {
      const minted = ['first', 'second']
      const accessToken = accessTokenFrom(async () => ({ token: minted.shift() ?? '', expiresAt: Infinity }))
      const { sender } = await setup(openSender, { accessToken, fake: { bearers: ['other'] } })
      await send(sender, { tokens: tokens(2) })
      const blocked = await send(sender, { tokens: tokens(2) })
      expect(blocked).toMatchObject(Array(2).fill({ kind: 'blocked', code: 'credential_refused' }))
    })

    test('leaves no session and no timer behind', async () => {
      const timers = () =>
        process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
      const before = timers()
      const { fake, sender } = await setup(openSender, { requestTimeoutMs: 3_000 })
      fake.program({ effect: { lose: 'fin' } })
      await send(sender, { tokens: tokens(20) })
      await send(sender, { tokens: tokens(20) })
      await sender.close()
      await until(() => fake.stats().openSessions === 0, { what: 'the fake has no session left' })
      await until(() => timers() <= before + 1, { what: 'no timer is left but the wait for this' })
    })
  })
}
