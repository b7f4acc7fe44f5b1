import { expect, onTestFinished, test } from 'vitest'
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { openSession, post } from './post.ts'

const to = (index: number) => ({ message: { token: tokenFor(index) } })

async function setup() {
  const fake = await spawnFakeFcm({ keepMessages: 5 })
  onTestFinished(() => fake.close())
  const session = openSession(fake)
  onTestFinished(() => session.destroy())
  return { fake, post: (index: number) => post(session, to(index)) }
}

test('a fake in its own process is asked and told the same as one in ours', async () => {
  const { fake, post } = await setup()
  expect(fake.pid).not.toBe(process.pid)
  await fake.program({ effect: { answer: 'unavailable', retryAfter: '3' } })
  expect(await post(0)).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
  expect((await post(1)).status).toBe(200)
  await fake.whenAccepted(1)
  expect(await fake.stats()).toMatchObject({ requests: 2, accepted: 1, byStatus: { 200: 1, 503: 1 } })
  expect(await fake.missing(3)).toEqual({ missing: 2, numbers: [0, 2], dead: 0 })
  expect(await fake.acceptedCount(tokenFor(1))).toBe(1)
  expect(await fake.messages()).toHaveLength(1)
  await fake.configure({ deadShare: 1 })
  expect((await post(1)).status).toBe(404)
  await fake.reset()
  expect((await fake.stats()).requests).toBe(0)
})

test('its gates are held and opened from here', async () => {
  const { fake, post } = await setup()
  const gate = await fake.hold({ at: 'answer' })
  const answer = post(0)
  await gate.waitForHeld(1)
  expect(await gate.held()).toBe(1)
  await gate.open()
  expect((await answer).status).toBe(200)
})

test('after its end, whoever asks is told so', async () => {
  const { fake } = await setup()
  await fake.close()
  await expect(fake.stats()).rejects.toThrow('the fake FCM has ended')
})
