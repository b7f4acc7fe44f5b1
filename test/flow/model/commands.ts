/**
 * The commands that fast-check puts together. The model knows how many campaigns and dispatchers there are; what a campaign
 * has come to meanwhile it does not know, so a command whose campaign cannot do that any more is refused and changes nothing.
 */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { deleteDevice, storeDevices } from '../../../src/audience/device-store.ts'
import { cancelCampaign } from '../../../src/campaigns/cancel-campaign.ts'
import { pauseCampaign } from '../../../src/campaigns/pause-campaign.ts'
import { resendCampaign } from '../../../src/campaigns/resend-campaign.ts'
import { resumeCampaign } from '../../../src/campaigns/resume-campaign.ts'
import { AppError } from '../../../src/domain/errors.ts'
import { cleanUp } from '../../../src/maintenance/clean-up.ts'
import { LEASE_MS, type World } from './world.ts'

export interface Model {
  campaigns: number
  dispatchers: number
  kills: number
}

const MOST_CAMPAIGNS = 4
const MOST_DISPATCHERS = 3
/** And hangs. Each costs the lease. */
const MOST_KILLS = 3

type Act = (world: World) => Promise<unknown>

interface Rules {
  /** Whether the command makes sense now. Default: always. */
  may?: (model: Model) => boolean
  changes?: (model: Model) => void
}

/** How often each command was run, over all runs of this process. */
export const commandsRun = new Map<string, number>()

class Command implements fc.AsyncCommand<Model, World> {
  readonly #text: string
  readonly #act: Act
  readonly #rules: Rules

  constructor(text: string, act: Act, rules: Rules) {
    this.#text = text
    this.#act = act
    this.#rules = rules
  }

  check(model: Readonly<Model>): boolean {
    return this.#rules.may?.(model) ?? true
  }

  async run(model: Model, world: World): Promise<void> {
    const [kind = ''] = this.#text.split(' ')
    commandsRun.set(kind, (commandsRun.get(kind) ?? 0) + 1)
    this.#rules.changes?.(model)
    world.note(this.#text)
    await this.#act(world)
    await world.watched.look()
  }

  toString(): string {
    return this.#text
  }
}

/** A command for each value. */
function command<T>(
  values: fc.Arbitrary<T>,
  text: (value: T) => string,
  act: (world: World, value: T) => Promise<unknown>,
  rules: Rules = {},
): fc.Arbitrary<Command> {
  return values.map((value) => new Command(text(value), (world) => act(world, value), rules))
}

const some = fc.nat({ max: 1_000 })
const none = fc.constant(null)
const pick = <T>(all: readonly T[], number: number): T | undefined => all[number % all.length]

/** Drafts are made before they are sent; their results are kept in the month in which they were made. */
const AGES = {
  now: () => new Date(),
  'first moment of the month before last': () => monthStart(-2),
  'last moment of the month before last': () => new Date(monthStart(-1).getTime() - 1),
}

function monthStart(months: number): Date {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months))
}

export const firstCampaign = fc.record({
  guarantee: fc.constantFrom('at_least_once' as const, 'at_most_once' as const),
  isNamed: fc.boolean(),
  age: fc.constantFrom(...(Object.keys(AGES) as (keyof typeof AGES)[])),
  isPlanned: fc.boolean(),
})

export type CampaignChoice = typeof firstCampaign extends fc.Arbitrary<infer T> ? T : never

/** `isNamed`: the audience names two of three members. */
export async function send(world: World, { guarantee, isNamed, age, isPlanned }: CampaignChoice) {
  const names = Array.from({ length: 40 }, (_, index) => index).filter((index) => index % 3 > 0)
  await world.send({
    guarantee,
    names: isNamed ? names.map((index) => `m${index}`) : null,
    createdAt: AGES[age](),
    isPlanned,
  })
}

/** On a campaign that may be in a state which refuses this. */
async function onCampaign(world: World, number: number, act: (id: string) => Promise<unknown>) {
  const campaign = pick(world.campaigns, number)
  if (campaign === undefined) return
  await act(campaign.id).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    world.note(`refused: ${error.code}`)
  })
}

async function resend(world: World, number: number, only: 'failed' | 'in_doubt' | 'canceled') {
  await onCampaign(world, number, async (origin) => {
    const { id } = await resendCampaign(world.action, origin, { id: randomUUIDv7(), only, createdBy: null })
    const { chain, guarantee } = world.campaigns.find((one) => one.id === origin) as { chain: string } & {
      guarantee: 'at_least_once' | 'at_most_once'
    }
    world.campaigns.push({ id, chain, guarantee })
    await world.plan(id)
  })
}

interface DeviceNow {
  token: string
  platform: 'android' | 'ios' | 'web'
  externalId: string
}

async function onDevice(world: World, number: number, act: (device: DeviceNow) => Promise<unknown>) {
  const { rows } = await world.ground.pool.query<DeviceNow>(
    `SELECT d.token, d.platform, m.external_id AS "externalId" FROM devices d JOIN members m ON m.id = d.member_id
     ORDER BY d.id`,
  )
  const device = pick(rows, number)
  if (device !== undefined) await act(device)
}

/** What an app sends when it registers. */
async function register(world: World, device: DeviceNow, optedOut: boolean | null = null) {
  const row = { ...device, locale: null, timezone: null, attributes: null, optedOut }
  await storeDevices(world.ground.pool, [row], { projectId: 1, isAlive: true })
}

/** West, middle and east: dates differ by up to two days. */
const ZONES = ['Etc/GMT+12', 'UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Seoul']

async function setZone(world: World, zone: string): Promise<void> {
  process.env.TZ = zone
  const { rows } = await world.ground.pool.query('SELECT current_database() AS name')
  // New connections have it.
  await world.ground.pool.query(`ALTER DATABASE ${rows[0].name} SET timezone = '${zone}'`)
}

const isOpen: Rules = { may: ({ campaigns }) => campaigns > 0 }
const mayStart: Rules = {
  may: ({ dispatchers }) => dispatchers < MOST_DISPATCHERS,
  changes: (model) => {
    model.dispatchers += 1
  },
}
const mayKill: Rules = {
  may: ({ dispatchers, kills }) => dispatchers > 0 && kills < MOST_KILLS,
  changes: (model) => {
    model.dispatchers -= 1
    model.kills += 1
  },
}
const mayHang: Rules = {
  may: ({ dispatchers, kills }) => dispatchers > 0 && kills < MOST_KILLS,
  changes: (model) => {
    model.kills += 1
  },
}
const mayStop: Rules = {
  may: ({ dispatchers }) => dispatchers > 0,
  changes: (model) => {
    model.dispatchers -= 1
  },
}
const mayAdd: Rules = {
  may: ({ campaigns }) => campaigns < MOST_CAMPAIGNS,
  changes: (model) => {
    model.campaigns += 1
  },
}

export const COMMANDS: fc.Arbitrary<fc.AsyncCommand<Model, World>>[] = [
  command(
    fc.integer({ min: 1, max: 80 }),
    (ms) => `wait ${ms} ms`,
    (_, ms) => wait(ms),
  ),
  command(
    fc.integer({ min: 1, max: 80 }),
    (ms) => `wait ${ms} ms`,
    (_, ms) => wait(ms),
  ),
  command(
    none,
    () => 'tick',
    (world) => world.tick(),
  ),
  command(
    none,
    () => 'tick',
    (world) => world.tick(),
  ),
  command(firstCampaign, (choice) => `send ${JSON.stringify(choice)}`, send, mayAdd),
  command(
    some,
    (n) => `pause ${n}`,
    (world, n) => onCampaign(world, n, (id) => pauseCampaign(world.action, id)),
    isOpen,
  ),
  command(
    some,
    (n) => `resume ${n}`,
    (world, n) => onCampaign(world, n, (id) => resumeCampaign(world.action, id)),
    isOpen,
  ),
  command(
    some,
    (n) => `cancel ${n}`,
    (world, n) => onCampaign(world, n, (id) => cancelCampaign(world.action, id)),
    isOpen,
  ),
  command(
    fc.tuple(some, fc.constantFrom('failed' as const, 'in_doubt' as const, 'canceled' as const)),
    ([n, only]) => `resend ${n} ${only}`,
    (world, [n, only]) => resend(world, n, only),
    mayAdd,
  ),
  command(
    none,
    () => 'start a dispatcher',
    (world) => world.startDispatcher(),
    mayStart,
  ),
  command(
    some,
    (n) => `kill ${n}`,
    async (world, n) => {
      const dispatcher = pick(world.dispatchers, n)
      if (dispatcher !== undefined) await world.kill(dispatcher)
    },
    mayKill,
  ),
  command(
    some,
    (n) => `hang ${n}`,
    async (world, n) => {
      const dispatcher = pick(world.dispatchers, n)
      if (dispatcher !== undefined) await world.hang(dispatcher)
    },
    mayHang,
  ),
  command(
    some,
    (n) => `stop ${n}`,
    async (world, n) => {
      const dispatcher = pick(world.dispatchers, n)
      if (dispatcher !== undefined) await world.stop(dispatcher)
    },
    mayStop,
  ),
  command(
    fc.constantFrom(0.2, 1.2),
    (leases) => `outage of ${leases} leases`,
    (world, leases) => world.outage(leases * LEASE_MS),
  ),
  command(
    none,
    () => 'wipe the queue',
    (world) => world.wipeQueue(),
  ),
  command(
    fc.integer({ min: 1, max: 6 }),
    (times) => `lose ${times} answers`,
    async (world, times) => world.ground.fcm.program({ times, effect: { lose: 'reset' } }),
  ),
  command(
    fc.integer({ min: 1, max: 9 }),
    (times) => `refuse ${times} with 503`,
    async (world, times) => world.ground.fcm.program({ times, effect: { answer: 'unavailable' } }),
  ),
  command(
    some,
    (n) => `move device ${n}`,
    (world, n) =>
      onDevice(world, n, (device) => register(world, { ...device, externalId: `m${(n % 3) * 100}` })),
  ),
  command(
    some,
    (n) => `delete device ${n}`,
    (world, n) => onDevice(world, n, ({ token }) => deleteDevice(world.ground.pool, 1, token)),
  ),
  command(
    some,
    (n) => `register device ${n}`,
    (world, n) => onDevice(world, n, (device) => register(world, device)),
  ),
  command(
    fc.tuple(some, fc.boolean()),
    ([n, out]) => `${out ? 'opt-out' : 'opt-in'} ${n}`,
    (world, [n, out]) => onDevice(world, n, (device) => register(world, device, out)),
  ),
  command(fc.constantFrom(...ZONES), (zone) => `zone ${zone}`, setZone),
  command(
    none,
    () => 'clean-up',
    (world) => cleanUp(world.ground.pool, { deviceStaleDays: 270, deliveryRetentionMonths: 1 }),
  ),
]
