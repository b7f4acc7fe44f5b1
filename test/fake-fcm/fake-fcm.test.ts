import { constants } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { ANSWERS, type AnswerName } from '../../testing/fake-fcm/answers.ts'
import { parseErrorShares } from '../../testing/fake-fcm/options.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { until } from '../support/until.ts'
import { setup } from './post.ts'

const to = (index: number, more: object = {}) => ({ message: { token: tokenFor(index), ...more } })

describe('answers', () => {
  test('success carries a new message id each time', async () => {
    const { post } = await setup()
    const answers = await Promise.all([post(to(0)), post(to(1))])
    const names = answers.map(({ status, headers, text }) => {
      expect(status).toBe(200)
      expect(headers['content-type']).toBe('application/json; charset=UTF-8')
      return JSON.parse(text).name
    })
    for (const name of names) expect(name).toMatch(/^projects\/demo\/messages\/0:\d{16}%[0-9a-f]{16}$/)
    expect(names[0]).not.toBe(names[1])
  })

  test.each(Object.keys(ANSWERS) as AnswerName[])(
    '%s is given word for word when programmed',
    async (answer) => {
      const { fake, post } = await setup()
      fake.program({ effect: { answer, retryAfter: '9' } })
      const { status, headers, text } = await post(to(0))
      expect({ status, text }).toEqual({ status: ANSWERS[answer].status, text: ANSWERS[answer].body })
      expect(headers['retry-after']).toBe('9')
      expect((await post(to(0))).status, 'once only').toBe(200)
    },
  )

  test('validate_only is answered with a fake id and delivers nothing', async () => {
    const { fake, post } = await setup()
    const { text } = await post({ validate_only: true, ...to(0) })
    expect(JSON.parse(text).name).toBe('projects/demo/messages/fake_message_id')
    expect(fake.stats()).toMatchObject({ validated: 1, accepted: 0, received: 1 })
  })
})

describe('refusals', () => {
  test('a missing bearer token, or one that is not expected', async () => {
    const { post } = await setup({ bearers: ['good'] })
    expect((await post(to(0), { authorization: null })).text).toBe(ANSWERS.unauthenticated.body)
    expect((await post(to(0), { authorization: 'Basic good' })).status).toBe(401)
    expect((await post(to(0), { authorization: 'Bearer bad' })).status).toBe(401)
    expect((await post(to(0), { authorization: 'Bearer good' })).status).toBe(200)
  })

  test('another project, without FcmError; another address, in HTML', async () => {
    const { post } = await setup({ project: 'demo' })
    const path = '/v1/projects/other/messages:send'
    expect((await post(to(0), { path })).text).toBe(ANSWERS.project_not_found.body)
    expect((await post(to(0), { path: '/v1/projects/demo/messages' })).headers).toMatchObject({
      ':status': 404,
      'content-type': 'text/html; charset=UTF-8',
    })
  })

  test('a message that FCM would not take, and none of it is counted as received', async () => {
    const { fake, post } = await setup()
    expect((await post(to(0, { surprise: 1 }))).status).toBe(400)
    expect((await post('not json')).status).toBe(400)
    expect(fake.stats()).toMatchObject({ requests: 2, received: 0, byStatus: { 400: 2 } })
  })

  test('dead tokens by their share, and tokens made dead or invalid', async () => {
    const { fake, post } = await setup({ deadShare: 1 })
    expect((await post(to(0))).text).toBe(ANSWERS.unregistered.body)
    fake.configure({ deadShare: 0 })
    expect((await post(to(0))).status).toBe(200)
    const token = (kind: 'dead' | 'invalid') => ({ message: { token: tokenFor(0, { kind }) } })
    expect((await post(token('dead'))).text).toBe(ANSWERS.unregistered.body)
    expect((await post(token('invalid'))).text).toBe(ANSWERS.bad_token.body)
  })

  test('what is over the quota of the window, refusals of dead tokens included', async () => {
    const { fake, post } = await setup({ quotaPerMinute: 3 })
    await post({ message: { token: tokenFor(9, { kind: 'dead' }) } })
    const statuses = [await post(to(0)), await post(to(1)), await post(to(2))].map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 429])
    fake.configure({ quotaPerMinute: 3, quotaWindowMs: 20 })
    await until(async () => (await post(to(3))).status === 200, { what: 'the next window has begun' })
  })

  test('a share of requests at random, the same for the same seed', async () => {
    const run = async (seed: number) => {
      const { post } = await setup({
        seed,
        errorShares: parseErrorShares('503:0.3,429:0.3'),
        errorRetryAfter: 4,
      })
      const answers = []
      for (let index = 0; index < 40; index++) answers.push(await post(to(index)))
      expect(answers.find(({ status }) => status === 503)?.headers['retry-after']).toBe('4')
      return answers.map(({ status }) => status)
    }
    const first = await run(1)
    expect(new Set(first)).toEqual(new Set([200, 429, 503]))
    expect(await run(1)).toEqual(first)
    expect(await run(2)).not.toEqual(first)
  })

  test('error shares that are not understood', () => {
    expect(() => parseErrorShares('503')).toThrow('error share "503" is not understood')
    expect(() => parseErrorShares('503:2')).toThrow('503:2')
    expect(parseErrorShares('')).toEqual({})
  })
})

describe('the ledger', () => {
  test('counts for each token, with and without a number, and finds duplicates and missing ones', async () => {
    const { fake, post } = await setup()
    const other = `${'x'.repeat(30)}:${'y'.repeat(30)}`
    for (const index of [0, 1, 1, 1, 3, 200_000]) await post(to(index))
    for (let i = 0; i < 2; i++) await post({ message: { token: other } })
    fake.program({ addresses: [tokenFor(2)], effect: { answer: 'unavailable' } })
    await post(to(2))
    expect(fake.stats()).toMatchObject({
      received: 9,
      accepted: 8,
      distinct: 5,
      duplicates: 2,
      surplus: 3,
      byStatus: { 200: 8, 503: 1 },
    })
    expect([0, 1, 2].map((index) => fake.acceptedCount(tokenFor(index)))).toEqual([1, 3, 0])
    expect([fake.acceptedCount(other), fake.receivedCount(other)]).toEqual([2, 2])
    expect(fake.receivedCount(tokenFor(2))).toBe(1)
    expect(fake.missing(5)).toEqual({ missing: 2, numbers: [2, 4], dead: 0 })
    const { firstAcceptAt, lastAcceptAt } = fake.stats()
    expect(Number(lastAcceptAt)).toBeGreaterThanOrEqual(Number(firstAcceptAt))
    fake.reset()
    expect(fake.stats()).toMatchObject({ requests: 0, received: 0, accepted: 0, duplicates: 0, byStatus: {} })
    expect(fake.missing(5).missing).toBe(5)
  })

  test('does not miss dead tokens', async () => {
    const { fake } = await setup({ deadShare: 0.5 })
    const { missing, dead } = fake.missing(1000)
    expect(missing + dead).toBe(1000)
    expect(dead).toBeGreaterThan(400)
  })

  test('keeps some accepted messages whole', async () => {
    const { fake, post } = await setup({ keepMessages: 1 })
    await post(to(0, { data: { k: 'v' } }))
    await post(to(1))
    expect(fake.messages()).toEqual([
      {
        address: tokenFor(0),
        kind: 'token',
        body: JSON.stringify(to(0, { data: { k: 'v' } })),
        at: expect.any(Number),
        isAnswered: true,
      },
    ])
  })
})

describe('faults', () => {
  test.each([
    ['hang', 0, undefined],
    ['hang_after_headers', 200, undefined],
    ['reset_after_headers', 200, constants.NGHTTP2_INTERNAL_ERROR],
    ['reset', 0, constants.NGHTTP2_INTERNAL_ERROR],
    ['destroy_socket', 0, constants.NGHTTP2_INTERNAL_ERROR],
    ['fin', 0, constants.NGHTTP2_CANCEL],
  ] as const)('%s loses the answer of a message that was accepted', async (lose, status, rstCode) => {
    const { fake, session, post } = await setup()
    fake.program({ effect: { lose } })
    const answer = post(to(0))
    await fake.whenAccepted(1)
    if (lose.startsWith('hang')) {
      await until(() => fake.stats().lost === 1, { what: 'the fault has happened' })
      session.ping(() => session.destroy())
    }
    expect(await answer).toMatchObject({ status, ...(rstCode !== undefined && { rstCode }) })
    expect(fake.stats()).toMatchObject({ accepted: 1, lost: 1, byStatus: {} })
  })

  test('hit the tokens asked for, after those to skip, as often as asked', async () => {
    const { fake, post } = await setup()
    fake.program({ addresses: [tokenFor(1)], skip: 1, times: 2, effect: { answer: 'internal' } })
    const statuses = []
    for (const index of [0, 1, 1, 0, 1, 1]) statuses.push((await post(to(index))).status)
    expect(statuses).toEqual([200, 200, 500, 200, 500, 200])
    fake.program({ times: null, effect: { answer: 'internal' } })
    for (let i = 0; i < 3; i++) expect((await post(to(0))).status).toBe(500)
    fake.clearFaults()
    expect((await post(to(0))).status).toBe(200)
  })

  test('knows what was on its way when its sender died', async () => {
    const { fake, session, post } = await setup()
    await post(to(0))
    const gate = fake.hold({ at: 'answer' })
    void post(to(1))
    await gate.waitForHeld(1)
    session.destroy()
    await until(() => fake.stats().abandoned === 1, { what: 'the sender is gone' })
    expect(fake.stats()).toMatchObject({ accepted: 2, lost: 0 })
  })

  test('can leave a lost message unaccepted', async () => {
    const { fake, post } = await setup()
    fake.program({ effect: { lose: 'reset', isAccepted: false } })
    await post(to(0))
    expect(fake.stats()).toMatchObject({ accepted: 0, lost: 1 })
  })

  test('a slow drip arrives whole', async () => {
    const { fake, post } = await setup()
    fake.program({ effect: { dripMs: 1 } })
    expect(JSON.parse((await post(to(0))).text).name).toMatch(/^projects\/demo\/messages\/0:/)
  })
})

describe('gates', () => {
  test('on arrival hold what is not decided yet', async () => {
    const { fake, post } = await setup()
    const gate = fake.hold()
    const answers = [0, 1, 2].map((index) => post(to(index)))
    await gate.waitForHeld(3)
    expect(fake.stats()).toMatchObject({ requests: 3, received: 0, accepted: 0, openStreams: 3 })
    gate.release(1)
    await fake.whenAccepted(1)
    expect(gate.held).toBe(2)
    gate.open()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await post(to(3))).status, 'an open gate holds nothing').toBe(200)
  })

  test('on the answer hold what the device has already got, and only what is asked for', async () => {
    const { fake, post } = await setup()
    const gate = fake.hold({ at: 'answer', addresses: [tokenFor(1)] })
    const held = post(to(1))
    expect((await post(to(0))).status).toBe(200)
    await gate.waitForHeld(1)
    expect(fake.acceptedCount(tokenFor(1))).toBe(1)
    gate.open()
    expect((await held).status).toBe(200)
  })

  test('forget what the sender gave up', async () => {
    const { fake, session, post } = await setup()
    const gate = fake.hold()
    const answer = post(to(0))
    await gate.waitForHeld(1)
    session.destroy()
    expect((await answer).status).toBe(0)
    await until(() => gate.held === 0, { what: 'the gate holds nothing' })
    gate.open()
    expect(fake.stats().accepted).toBe(0)
  })
})

test('latency is kept, for many requests at once', async () => {
  const { post } = await setup({ latencyMs: [30, 60] })
  const start = performance.now()
  const answers = await Promise.all(Array.from({ length: 90 }, (_, index) => post(to(index))))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(performance.now() - start).toBeGreaterThanOrEqual(29)
})
