/**
 * Frequency caps against a model: random campaigns and resends over days in which clocks are changed, to members in several zones, of whom
 * the model knows only when each message was last handed over to them.
 */
import { expect, test } from 'vitest'
import { CapClock, type CapRule, parseCaps } from '../../src/domain/caps.ts'
import { DELIVERY_CODES, DELIVERY_STATES } from '../../src/domain/delivery-result.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { type CampaignColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'

const HOUR = 3_600_000
const STEPS = 50
const ZONES = ['Asia/Seoul', 'America/New_York', null, 'Europe/Berlin']
const OUTCOMES: readonly Outcome[] = [
  { kind: 'sent', messageId: '1' },
  { kind: 'sent', messageId: '2' },
  { kind: 'rejected', code: 'sender_id_mismatch' },
  { kind: 'in_doubt', code: 'answer_lost' },
  { kind: 'retry_later', code: 'unavailable', scope: 'device' },
]

/** Numbers from 0 to 1 that are the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed * 7_919
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Running {
  id: string
  chainId: string
  switches: CampaignColumns
  /** Devices that FCM was asked for. */
  tried: Set<number>
}

/** Members by place, chains of campaigns to the last hand-over that counts. */
class Model {
  readonly #uses = ZONES.map(() => new Map<string, number>())
  readonly #clock: CapClock
  readonly #rules: readonly CapRule[]

  constructor(rules: readonly CapRule[]) {
    this.#rules = rules
    this.#clock = new CapClock(rules, LAW.zone)
  }

  hasRoom(member: number, chainId: string, now: number): boolean {
    const { starts } = this.#clock.windowsOf(ZONES[member] ?? null, now)
    return this.#rules.every(({ limit }, place) => {
      const within = [...(this.#uses[member] ?? [])].filter(([, at]) => at >= (starts[place] ?? 0))
      return within.length < limit || within.some(([chain]) => chain === chainId)
    })
  }

  use(member: number, chainId: string, now: number): void {
    this.#uses[member]?.set(chainId, now)
  }
}

async function setup(seed: number, rules: readonly CapRule[]) {
  const random = randomOf(seed)
  const { pool } = await createTestDatabase()
  const { memberIds, deviceIds } = await createDevices(pool, ZONES.length, { perMember: 2 })
  for (const [place, zone] of ZONES.entries())
    await pool.query('UPDATE members SET timezone = $2 WHERE id = $1', [memberIds[place], zone])
  const some = (devices: readonly number[]) => devices.filter(() => random() < 0.8)
  const begin = async (columns: CampaignColumns, devices: readonly number[]): Promise<string> => {
    const guarantee = random() < 0.3 ? 'at_most_once' : 'at_least_once'
    const id = await createCampaign(pool, { state: 'sending', guarantee, ...columns })
    await createBatches(pool, id, devices, { size: random() < 0.5 ? 3 : 500 })
    return id
  }
  const start = async (): Promise<Running | undefined> => {
    const devices = some(deviceIds)
    const kind = random()
    const switches = kind < 0.15 ? { ignores_caps: true } : kind < 0.3 ? { counts_toward_caps: false } : {}
    if (devices.length === 0) return undefined
    const id = await begin(switches, devices)
    return { id, chainId: id, switches, tried: new Set() }
  }
  const resend = async ({ id: origin, chainId, switches }: Running): Promise<Running | undefined> => {
    const { rows } = await pool.query<{ device: number }>(
      'SELECT device_id AS device FROM deliveries WHERE campaign_id = $1 AND state = $2 ORDER BY 1',
      [origin, DELIVERY_STATES.failed.number],
    )
    if (rows.length === 0) return undefined
    const columns = { resend_of: origin, resend_only: 'failed', chain_id: chainId, ...switches } as const
    const id = await begin(
      columns,
      rows.map(({ device }) => device),
    )
    return { id, chainId, switches, tried: new Set() }
  }
  const cappedIn = async (id: string) => {
    const { rows } = await pool.query<{ device: number }>(
      'SELECT device_id AS device FROM deliveries WHERE campaign_id = $1 AND code = $2',
      [id, DELIVERY_CODES.capped.number],
    )
    return rows.map(({ device }) => device)
  }
  /** Devices of a batch without a result. */
  const open = async (id: string, seq: number) => {
    const { rows } = await pool.query<{ device: number }>(
      `SELECT device FROM batches b CROSS JOIN LATERAL unnest(b.device_ids) AS device WHERE campaign_id = $1 AND seq = $2
         AND NOT EXISTS (SELECT FROM deliveries WHERE campaign_id = $1 AND device_id = device)`,
      [id, seq],
    )
    return rows.map(({ device }) => device)
  }
  const waiting = async (id: string) => {
    const { rows } = await pool.query<{ seq: number }>(
      `SELECT seq FROM batches WHERE campaign_id = $1 AND state = 'planned' ORDER BY seq`,
      [id],
    )
    return rows.map(({ seq }) => seq)
  }
  /** Returns what each member's devices were answered. */
  const attempt = async (id: string, seq: number, now: number) => {
    const seen: { member: number; device: number; outcome: Outcome }[] = []
    const shift = now - Date.now()
    const answer = (address: string) => {
      const outcome = OUTCOMES[Math.floor(random() * OUTCOMES.length)] as Outcome
      const [, member, place] = /m(\d+)-(\d+)/.exec(address) ?? []
      const index = (Number(member) - 1) * 2 + Number(place) - 1
      seen.push({ member: Number(member) - 1, device: deviceIds[index] as number, outcome })
      return outcome
    }
    await attemptWith(pool, id, answer, {
      seq,
      hours: { ...LAW, caps: rules },
      clockShiftMs: () => shift,
      retry: { firstDelayMs: 1, attempts: 4, ageMs: 3_600_000_000 },
    })
    return seen
  }
  const memberOf = (device: number) => Math.floor(deviceIds.indexOf(device) / 2)
  return { random, start, resend, cappedIn, open, waiting, attempt, memberOf }
}

test.each([
  [1, 'rolling_24h:2,week:3'],
  [2, 'rolling_6h:2,day:3,week:6'],
  [3, 'day:1,rolling_30d:9'],
])(
  'nobody gets more than the caps allow, and nobody is left out with room; seed %i, %s',
  async (seed, text) => {
    const rules = parseCaps(text)
    if (typeof rules === 'string') throw new Error(rules)
    const { random, start, resend, cappedIn, open, waiting, attempt, memberOf } = await setup(seed, rules)
    const model = new Model(rules)
    const running: Running[] = []
    let capped = 0
    // Days before the end of daylight saving in Berlin.
    let now = Date.parse('2026-10-22T00:00Z')
    for (let step = 0; step < STEPS; step++) {
      now += random() * 7 * HOUR
      const begun = running.length < 4 || random() < 0.6 ? await start() : undefined
      if (begun !== undefined) running.push(begun)
      const place = Math.floor(random() * running.length)
      const { id, chainId, switches, tried } = running[place] as Running
      const [seq] = await waiting(id)
      const before = new Set(await cappedIn(id))
      const hadRoom = ZONES.map((_, member) => model.hasRoom(member, chainId, now))
      for (const { member, device, outcome } of seq === undefined ? [] : await attempt(id, seq, now)) {
        tried.add(device)
        expect(switches.ignores_caps || hadRoom[member], `step ${step}: m${member + 1} had room`).toBe(true)
        if (switches.counts_toward_caps === false) continue
        if (outcome.kind === 'sent' || outcome.kind === 'in_doubt') model.use(member, chainId, now)
      }
      for (const device of await cappedIn(id)) {
        if (before.has(device)) continue
        capped += 1
        expect(hadRoom[memberOf(device)], `step ${step}: the member of device ${device} had room`).toBe(false)
      }
      // Nothing is in flight between two steps: nobody is held, for nothing can change.
      const held = seq === undefined ? [] : (await open(id, seq)).filter((device) => !tried.has(device))
      expect(held, `step ${step}`).toEqual([])
      if ((await waiting(id)).length > 0) continue
      const [ended] = running.splice(place, 1)
      const again = ended === undefined ? undefined : await resend(ended)
      if (again !== undefined) running.push(again)
    }
    expect(capped).toBeGreaterThan(10)
  },
  120_000,
)
