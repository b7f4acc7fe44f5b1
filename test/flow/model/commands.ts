/**
 * The commands that fast-check puts together. The model knows how many campaigns and dispatchers there are; what a campaign
 * has come to meanwhile it does not know, so a command whose campaign cannot do that any more is refused and changes nothing.
 */
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { deleteDevice } from '../../../src/audience/device-store.ts'
import { cancelCampaign } from '../../../src/campaigns/cancel-campaign.ts'
import { pauseCampaign } from '../../../src/campaigns/pause-campaign.ts'
import { resumeCampaign } from '../../../src/campaigns/resume-campaign.ts'
import { beginCancel, keepCampaign } from '../../../src/campaigns/undo-cancel.ts'
import { cleanUp } from '../../../src/maintenance/clean-up.ts'
import { versionOf } from '../../support/seen.ts'
import { firstCampaign, onCampaign, onDevice, pick, register, resend, send, setZone, ZONES } from './deeds.ts'
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
    (world, n) =>
      onCampaign(world, n, async (id) =>
        resumeCampaign(world.action, id, await versionOf(world.ground.pool, id)),
      ),
    isOpen,
  ),
  command(
    some,
    (n) => `cancel ${n}`,
    (world, n) => onCampaign(world, n, (id) => cancelCampaign(world.action, id)),
    isOpen,
  ),
  command(
    fc.tuple(some, fc.constantFrom(1, 60)),
    ([n, seconds]) => `cancel ${n} for now, final in ${seconds} s`,
    (world, [n, seconds]) => onCampaign(world, n, (id) => beginCancel(world.action, id, seconds)),
    isOpen,
  ),
  command(
    some,
    (n) => `keep ${n}`,
    (world, n) => onCampaign(world, n, (id) => keepCampaign(world.action, id)),
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
    (world, n) => onDevice(world, n, ({ address }) => deleteDevice(world.ground.pool, 1, address)),
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
    (world) =>
      cleanUp(world.ground.pool, {
        auditRetentionDays: 730,
        testRetentionDays: 0,
        deviceStaleDays: 270,
        deliveryRetentionMonths: 1,
      }),
  ),
]
