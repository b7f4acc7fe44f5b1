/** What the commands do to the world: operators, apps and servers. */
import { randomUUIDv7 } from 'node:crypto'
import fc from 'fast-check'
import { storeDevices } from '../../../src/audience/device-store.ts'
import { resendCampaign } from '../../../src/campaigns/resend-campaign.ts'
import { AppError } from '../../../src/domain/errors.ts'
import { AS_APP, aDevice } from '../../support/a-device.ts'
import { seenOrigin } from '../../support/seen.ts'
import type { World } from './world.ts'

/** One of those there are. */
export function pick<T>(all: readonly T[], number: number): T | undefined {
  return all[number % all.length]
}

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

export const firstCampaign = fc.record(
  {
    guarantee: fc.constantFrom('at_least_once' as const, 'at_most_once' as const),
    isNamed: fc.boolean(),
    age: fc.constantFrom(...(Object.keys(AGES) as (keyof typeof AGES)[])),
    isPlanned: fc.boolean(),
  },
  { noNullPrototype: true },
)

type CampaignChoice = typeof firstCampaign extends fc.Arbitrary<infer T> ? T : never

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
export async function onCampaign(world: World, number: number, act: (id: string) => Promise<unknown>) {
  const campaign = pick(world.campaigns, number)
  if (campaign === undefined) return
  await act(campaign.id).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    world.note(`refused: ${error.code}`)
  })
}

export async function resend(world: World, number: number, only: 'failed' | 'in_doubt' | 'canceled') {
  await onCampaign(world, number, async (origin) => {
    const seen = await seenOrigin(world.ground.pool, origin)
    const asked = { id: randomUUIDv7(), only, createdBy: null, seen }
    const { id } = await resendCampaign(world.action, origin, asked)
    const { chain, guarantee } = world.campaigns.find((one) => one.id === origin) as { chain: string } & {
      guarantee: 'at_least_once' | 'at_most_once'
    }
    world.campaigns.push({ id, chain, guarantee })
    await world.plan(id)
  })
}

interface DeviceNow {
  address: string
  platform: 'android' | 'ios' | 'web'
  externalId: string
}

export async function onDevice(world: World, number: number, act: (device: DeviceNow) => Promise<unknown>) {
  const { rows } = await world.ground.pool.query<DeviceNow>(
    `SELECT d.address, d.platform, m.external_id AS "externalId" FROM devices d JOIN members m ON m.id = d.member_id
     ORDER BY d.id`,
  )
  const device = pick(rows, number)
  if (device !== undefined) await act(device)
}

/** What an app sends when it registers. */
export async function register(world: World, device: DeviceNow, optedOut: boolean | null = null) {
  const row = aDevice({ ...device, optedOut })
  await storeDevices(world.ground.pool, [row], AS_APP)
}

/** West, middle and east: dates differ by up to two days. */
export const ZONES = ['Etc/GMT+12', 'UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Seoul']

export async function setZone(world: World, zone: string): Promise<void> {
  process.env.TZ = zone
  const { rows } = await world.ground.pool.query('SELECT current_database() AS name')
  // New connections have it.
  await world.ground.pool.query(`ALTER DATABASE ${rows[0].name} SET timezone = '${zone}'`)
}
