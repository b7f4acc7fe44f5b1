/**
 * A simulated night over three zones, seen from the receiver's side: every request that reaches the fake FCM is judged by the
 * clock of the member it is for. The clock jumps to a second before each moment at which a night begins or ends somewhere, and
 * runs on from there over it, while two dispatchers send, FCM answers 503, and the campaign is paused and resumed.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { wallOf } from '../../src/domain/zoned-time.ts'
import { FcmHttp2Sender } from '../../src/push/fcm/fcm-http2-sender.ts'
import { startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { bearer } from '../push/fcm/push-sender-contract.ts'
import { attemptWith, log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

/** The clocks of Berlin are put back in this night. The unknown ones are judged as in Seoul. */
const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', null, 'Mars/Olympus']
const KINDS = [
  { marketing: true, night: false },
  { marketing: true, night: true },
  { marketing: false, night: true },
]
const OF_EACH = 8
/** When a night begins or ends somewhere, in order. */
const MOMENTS = [
  '2026-10-24T21:00:00+09:00',
  '2026-10-24T21:00:00+02:00',
  '2026-10-25T08:00:00+09:00',
  '2026-10-24T21:00:00-04:00',
  '2026-10-25T08:00:00+01:00',
  '2026-10-25T08:00:00-04:00',
]
/** Of each dispatcher. */
const IN_FLIGHT = 2
const BEFORE_MS = 1_000
const AFTER_MS = 1_500

interface Member {
  zone: string | null
  marketing: boolean
  night: boolean
}

interface Arrival {
  address: string
  at: number
}

test('nobody without consent to the night gets an advertisement between 21:00 and 08:00 there', async () => {
  const people = ZONES.flatMap((zone) =>
    KINDS.flatMap((kind): Member[] => Array.from({ length: OF_EACH }, () => ({ zone, ...kind }))),
  )
  const { pool } = await createTestDatabase()
  const { deviceIds, memberIds } = await createDevices(pool, people.length)
  const owners = new Map<string, Member>()
  for (const [i, member] of people.entries()) {
    const address = tokenFor(i)
    owners.set(address, member)
    await pool.query('UPDATE devices SET address = $2 WHERE id = $1', [deviceIds[i], address])
    await pool.query(
      `UPDATE members SET timezone = $2, marketing_consent_at = CASE WHEN $3 THEN now() END,
         night_consent_at = CASE WHEN $4 THEN now() END WHERE id = $1`,
      [memberIds[i], member.zone, member.marketing, member.night],
    )
  }

  let shift = 0
  const now = () => Date.now() + shift
  const fcm = await startFakeFcm({ latencyMs: [50, 150], errorShares: { unavailable: 0.2 } })
  onTestFinished(() => fcm.close())
  const arrivals: Arrival[] = []
  // Sees each request as it arrives, whatever becomes of it, and holds none.
  fcm.hold().matches = (address = '') => {
    arrivals.push({ address, at: now() })
    return false
  }
  const openSender = () => {
    const sender = new FcmHttp2Sender({
      origin: fcm.origin,
      ca: readFileSync(fcm.caFile),
      projectId: 'demo-carillon',
      accessToken: bearer(),
      // Few, so that some of a window always wait for a free stream when the night begins.
      concurrency: IN_FLIGHT,
      firstLimit: IN_FLIGHT,
      requestTimeoutMs: 10_000,
      log,
    })
    onTestFinished(() => sender.close())
    return sender
  }
  const senders = [openSender(), openSender()]

  const delayed = await campaign('delay')
  for (const moment of MOMENTS) {
    const skipping = await campaign('skip')
    const boundary = Date.parse(moment)
    const until = Date.now() + BEFORE_MS + AFTER_MS
    shift = boundary - BEFORE_MS - Date.now()
    // What waits is enqueued when its time has come; here, whenever there is a dispatcher, which has to find out.
    const dispatch = async (sender: FcmHttp2Sender) => {
      while (Date.now() < until) {
        for (const { id, seqs } of [skipping, delayed])
          for (const seq of seqs) await attemptWith(pool, id, () => expect.unreachable(), deps(sender, seq))
      }
    }
    const restart = async () => {
      await pauseCampaign({ pool }, delayed.id)
      await pause(100)
      await pool.query(`UPDATE campaigns SET state = 'sending', pause_reason = NULL WHERE id = $1`, [
        delayed.id,
      ])
    }
    await Promise.all([...senders.map(dispatch), restart()])
  }

  // What was on its way when the night began arrives in it: no more than the requests that can be in flight, and nothing else.
  const inTheNight = arrivals.filter(({ address, at }) => {
    const member = owners.get(address)
    return member !== undefined && !member.night && isNight(at, member)
  })
  const late = MOMENTS.map((moment) => {
    const began = Date.parse(moment)
    return inTheNight.filter(({ at }) => at >= began && at < began + 60_000).length
  })
  expect(Math.max(...late)).toBeLessThanOrEqual(senders.length * IN_FLIGHT)
  expect(late.reduce((sum, count) => sum + count, 0)).toBe(inTheNight.length)
  // Nor does anything leave before the morning, however little.
  const early = arrivals.filter(({ address, at }) => {
    const member = owners.get(address) as Member
    return !member.night && isNight(at + 1, member) && !isNight(at + AFTER_MS, member)
  })
  expect(early).toEqual([])
  expect(arrivals.filter(({ address }) => owners.get(address)?.marketing === false)).toEqual([])

  // It was sent until the last second: to those who could get nothing in the next.
  const inTime = arrivals.filter(({ address, at }) => {
    const member = owners.get(address) as Member
    return !member.night && !isNight(at, member) && isNight(at + BEFORE_MS, member)
  })
  expect(inTime.length).toBeGreaterThan(5)
  const { rows } = await pool.query(
    `SELECT code, count(*)::int AS n FROM deliveries WHERE campaign_id = $1 GROUP BY code ORDER BY code`,
    [delayed.id],
  )
  expect(rows.find(({ code }) => code === 47)).toMatchObject({ n: ZONES.length * OF_EACH })
  expect(rows.filter(({ code }) => ![0, 8, 47].includes(code))).toEqual([])

  async function campaign(night: 'skip' | 'delay') {
    const id = await createCampaign(pool, { state: 'sending', kind: 'advertising', night } as never)
    return { id, seqs: await createBatches(pool, id, deviceIds, { size: 40 }) }
  }

  function deps(sender: FcmHttp2Sender, seq: number) {
    return {
      seq,
      sender,
      clockShiftMs: () => shift,
      retry: { firstDelayMs: 0, attempts: 8, ageMs: 3_600_000 },
      errorLimits: { percent: 100, minimum: 500 },
    }
  }
}, 90_000)

function isNight(at: number, { zone }: Member): boolean {
  const known = zone === null || zone === 'Mars/Olympus' ? 'Asia/Seoul' : zone
  const time = wallOf(new Date(at), known).slice(11)
  return time >= '21:00' || time < '08:00'
}
