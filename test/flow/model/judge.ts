/** Compares what is recorded with what the receiver got, when every campaign is closed: a sentence for each broken promise. */
import { DELIVERY_STATES, type DeliveryState, STATE_NAMES } from '../../../src/domain/delivery-result.ts'
import { collapseIdOf } from '../../../src/push/push-message.ts'
import type { KeptMessage } from '../../../testing/fake-fcm/fake-fcm.ts'
import { expectReconciledCounts } from '../../support/counts.ts'
import type { ModelCampaign, World } from './world.ts'

interface Planned {
  campaignId: string
  deviceId: number
  address: string
  result: DeliveryState | null
}

export async function judge(world: World): Promise<string[]> {
  const { pool, fcm } = world.ground
  const problems = [...world.problems]
  for (const { id } of world.campaigns) {
    await expectReconciledCounts({ pool }, id).catch((error: Error) =>
      problems.push(`${id}: ${error.message}`),
    )
  }
  const { rows } = await pool.query<Omit<Planned, 'result' | 'address'> & { state: number | null }>(
    `SELECT b.campaign_id AS "campaignId", i.id AS "deviceId", x.state
     FROM batches b CROSS JOIN unnest(b.device_ids) AS i (id)
     LEFT JOIN deliveries x ON x.campaign_id = b.campaign_id AND x.device_id = i.id`,
  )
  const planned: Planned[] = rows.map(({ state, ...row }) => ({
    ...row,
    address: world.addresses.get(row.deviceId) ?? '',
    result: STATE_NAMES.find((name) => DELIVERY_STATES[name].number === state) ?? null,
  }))
  const messages = fcm.messages()
  const chains = new Set(world.campaigns.map(({ chain }) => chain))
  for (const chain of chains) {
    const links = world.campaigns.filter((campaign) => campaign.chain === chain)
    const ofChain = messages.filter(({ body }) => body.includes(collapseIdOf(chain)))
    const devices = new Set(
      planned
        .filter(({ campaignId }) => links.some(({ id }) => id === campaignId))
        .map(({ address }) => address),
    )
    for (const address of devices) {
      const got = ofChain.filter((message) => message.address === address)
      const places = planned.filter(
        (one) => one.address === address && links.some(({ id }) => id === one.campaignId),
      )
      problems.push(...judgeDevice(world, links, places, got))
    }
    const strangers = ofChain.filter(({ address }) => !devices.has(address ?? ''))
    if (strangers.length > 0)
      problems.push(`${strangers.length} messages went to devices that are not planned`)
  }
  return problems
}

/** One device in one chain of resends. `got`: what it was sent. */
function judgeDevice(
  world: World,
  links: readonly ModelCampaign[],
  places: Planned[],
  got: KeptMessage[],
): string[] {
  const problems: string[] = []
  const { deviceId } = places[0] as Planned
  const say = (problem: string) =>
    problems.push(
      `device ${deviceId} (${places.map(({ result }) => result ?? 'canceled').join(', ')}) ${problem}`,
    )
  const unanswered = got.filter(({ isAnswered }) => !isAnswered).length
  const risksOf = ({ campaignId }: Planned) => world.risks.get(`${campaignId} ${deviceId}`) ?? 0
  const risks = places.reduce((sum, place) => sum + risksOf(place), 0)
  const isAtMostOnce = links[0]?.guarantee === 'at_most_once'
  const sent = places.filter(({ result }) => result === 'sent').length
  const inDoubt = places.filter(({ result }) => result === 'in_doubt')

  if (got.length < sent) say(`is recorded as sent ${sent} times, and FCM got ${got.length}`)
  const most = isAtMostOnce ? sent + inDoubt.length : sent + unanswered + risks
  if (got.length > most) {
    say(
      `got ${got.length} messages (${got.map(({ at }) => `${world.msOf(at)} ms`).join(', ')}), at most ${most}: ${unanswered} answers were lost, ${risks} times its batch was in hand when a dispatcher was killed or hung`,
    )
  }
  for (const place of inDoubt) {
    if (unanswered === 0 && risksOf(place) === 0)
      say('is in doubt, and no answer was lost and no owner was killed or hung')
  }
  for (const { at } of got) {
    const reasons = places.map(({ campaignId }) => world.watched.reason(campaignId, deviceId, at))
    if (places.length > 0 && reasons.every((reason) => reason !== null))
      say(`was sent to although ${reasons.join(' and ')}`)
  }
  return problems
}
