import { inDeed } from '../audit/note-deeds.ts'
import type { Audience, Guarantee } from '../domain/campaign.ts'
import type { CapSwitches } from '../domain/caps.ts'
import { checkAdvertisement } from '../domain/check-advertisement.ts'
import { checkAudience } from '../domain/check-audience.ts'
import { checkMessage } from '../domain/check-message.ts'
import {
  checkSendRules,
  expectAdvertiser,
  type GivenRules,
  type LawDefaults,
} from '../domain/check-send-rules.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool } from '../postgres/pool.ts'
import { type AudienceGuard, confirmAudience } from './confirm-audience.ts'
import { expectFinished } from './expect-finished.ts'
import { noteCampaign } from './note-campaign.ts'
import { readCampaigns, readWholeCampaign, type WholeCampaign } from './read-campaigns.ts'
import { checkTags } from './tag-campaign.ts'
import { type GivenTime, timeColumns, timeToSend } from './time-to-send.ts'

/** Without a time it is a draft. */
export interface NewCampaign extends GivenRules, CapSwitches, Omit<GivenTime, 'defaultZone'> {
  id: string
  projectId: number
  /** Empty, and without message and audience: only a draft. */
  name: string
  message: CampaignMessage | null
  audience: Audience | null
  /** What is typed so far and is no valid message or audience: only of a draft. */
  unfinished: Record<string, unknown> | null
  tags: readonly string[]
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  latestStartMinutes: number
  /** Of each member only the device that was seen last. */
  oncePerMember: boolean
  /** How many devices the caller means to send to at that time. */
  confirmAudience?: number | undefined
  createdBy: string | null
}

/** Safe to repeat with the same id: returns the campaign that the first call created. */
export async function createCampaign(
  { pool, guard, law }: { pool: Pool; guard: AudienceGuard; law: LawDefaults },
  campaign: NewCampaign,
): Promise<WholeCampaign> {
  const { id, projectId, name, unfinished, guarantee, priority, ratePerMinute, createdBy } = campaign
  if (campaign.scheduledAt != null || campaign.localAt != null) {
    // A repeat is not checked again: it would be told that nothing was created, because an hour or a device has gone by, and
    // would create a second one.
    if ((await readCampaigns(pool, [id])).has(id)) return readWholeCampaign(pool, id)
  }
  const time = timeToSend(campaign, null, law.zone) ?? {
    scheduledAt: null,
    local: null,
    since: new Date(),
  }
  const { scheduledAt } = time
  let devices: number | null = null
  const message = campaign.message === null ? null : checkMessage(campaign.message)
  const audience = campaign.audience === null ? null : checkAudience(campaign.audience)
  const rules = checkSendRules(rulesOf(campaign), law, scheduledAt ?? new Date(), time.local?.localAt)
  if (message !== null) checkAdvertisement(message, rules)
  if (scheduledAt !== null) {
    expectAdvertiser(rules)
    expectFinished(
      null,
      {
        name,
        hasMessage: message !== null,
        hasAudience: audience !== null,
        isUnfinished: unfinished !== null,
      },
      'scheduled',
    )
    if (audience !== null)
      devices = await confirmAudience(guard, projectId, audience, campaign.confirmAudience)
  }
  const columns = {
    kind: rules.kind,
    advertiser: jsonOf(rules.advertiser),
    night: rules.night,
    send_window: jsonOf(rules.sendWindow),
    not_after: rules.notAfter,
    default_zone: rules.defaultZone,
    ignores_caps: campaign.ignoresCaps,
    counts_toward_caps: campaign.countsTowardCaps,
    once_per_member: campaign.oncePerMember,
    ...timeColumns(time),
  }
  const insert = {
    name: 'campaign-create',
    text: `INSERT INTO campaigns
             (id, project_id, name, message, audience, unfinished, tags, state, guarantee, priority, rate_per_minute,
              latest_start_minutes, created_by, sent_by, ${Object.keys(columns).join(', ')})
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, ${Object.keys(columns)
             .map((_, i) => `$${i + 15}`)
             .join(', ')})
           ON CONFLICT (id) DO NOTHING`,
    values: [
      id,
      projectId,
      name,
      jsonOf(message),
      jsonOf(audience),
      jsonOf(unfinished),
      checkTags(campaign.tags),
      scheduledAt === null ? 'draft' : 'scheduled',
      guarantee,
      priority,
      ratePerMinute,
      campaign.latestStartMinutes,
      createdBy,
      scheduledAt === null ? null : createdBy,
      ...Object.values(columns),
    ],
  }
  await inDeed(pool, async (tx, note) => {
    const { rowCount } = await tx.query(insert)
    if (rowCount === 0) return
    await noteCampaign(tx, note, 'campaign.created', id)
    if (scheduledAt === null) return
    const confirmedDevices = campaign.confirmAudience ?? null
    await noteCampaign(tx, note, 'campaign.scheduled', id, { seenVersion: null, devices, confirmedDevices })
  })
  return readWholeCampaign(pool, id)
}

function rulesOf({ kind, advertiser, night, sendWindow, notAfter, defaultZone }: NewCampaign): GivenRules {
  return { kind, advertiser, night, sendWindow, notAfter, defaultZone }
}

/** Null is SQL's, not JSON's. */
function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}
