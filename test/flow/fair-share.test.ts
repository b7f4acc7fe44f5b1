/**
 * Whose messages FCM gets, and in which order, while a quota keeps all of them waiting. Nothing here is about how long it takes.
 */
import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

/** Sixty messages a second: hundreds of devices keep the quota busy for seconds. */
const LIMITED = { FCM_MESSAGES_PER_MINUTE: 3_600, FCM_RAMP_SECONDS: 0 }

/** The titles of the messages that FCM has accepted, in this order. */
const titlesAt = (carillon: Carillon) =>
  carillon.fcm.messages().map(({ body }) => String(JSON.parse(body).message.notification.title))
const titled = (title: string) => ({ message: { title, body: 'World' } })

describe.each(queueBackends())('under the rate limit of a project, on $name', (backend) => {
  test('an urgent campaign goes before a running one, which goes on afterwards as if nothing had been', async () => {
    const env = { ...LIMITED, DISPATCH_BATCHES: 2 }
    const carillon = await Carillon.start(backend, { devices: 400, env, fcm: { keepMessages: 2_000 } })
    const usual = await carillon.send({ priority: 5, ...titled('usual') })
    await until(() => titlesAt(carillon).length >= 40, { what: 'the first has begun' })
    const urgent = await carillon.send({ priority: 1, ...titled('urgent') })
    await carillon.closed(urgent)
    // What had its turn before is under way when the last urgent message comes.
    const titles = titlesAt(carillon)
    const [first, last] = [titles.indexOf('urgent'), titles.lastIndexOf('urgent')]
    const between = titles.slice(first, last).filter((title) => title === 'usual')
    expect(between.length).toBeLessThan(100)
    expect((await carillon.counts(usual)).sent).toBeLessThan(400)
    await carillon.closed(usual)
    expect(await carillon.counts(usual)).toMatchObject({ size: 400, sent: 400, spent: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 800, duplicates: 400, surplus: 400 })
  })

  test('equal campaigns share it, also if one has begun before', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 400,
      env: LIMITED,
      fcm: { keepMessages: 2_000 },
    })
    const first = await carillon.send(titled('first'))
    await until(() => titlesAt(carillon).length >= 60, { what: 'the first has begun' })
    const second = await carillon.send(titled('second'))
    await carillon.closed(first)
    const titles = titlesAt(carillon)
    const both = titles.slice(titles.indexOf('second'), titles.lastIndexOf('first'))
    const share = both.filter((title) => title === 'second').length / both.length
    // One after the other, the share would be 0, or 1 from the second on. How even it is in five seconds is measured:
    // docs/performance.md.
    expect(share).toBeGreaterThan(0.35)
    expect(share).toBeLessThan(0.65)
    await carillon.cancel(second)
  })
})
