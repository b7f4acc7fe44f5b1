import type { Audience, Guarantee } from '../domain/campaign.ts'
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
import { checkSchedule } from './check-schedule.ts'
import { type AudienceGuard, confirmAudience } from './confirm-audience.ts'
import { expectFinished } from './expect-finished.ts'
import { type Campaign, readCampaign, readCampaigns } from './read-campaigns.ts'
import { checkTags } from './tag-campaign.ts'

export interface NewCampaign extends GivenRules {
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
  /** Null creates a draft. */
  scheduledAt: Date | null
  latestStartMinutes: number
  /** How many devices the caller means to send to at that time. */
  confirmAudience?: number | undefined
  createdBy: string | null
}

/** Safe to repeat with the same id: returns the campaign that the first call created. */
export async function createCampaign(
  { pool, guard, law }: { pool: Pool; guard: AudienceGuard; law: LawDefaults },
  campaign: NewCampaign,
): Promise<Campaign> {
  const { id, projectId, name, unfinished, guarantee, priority, ratePerMinute, scheduledAt, createdBy } =
    campaign
  if (scheduledAt !== null) {
    // A repeat is not checked again: it would be told that nothing was created, because an hour or a device has gone by, and
    // would create a second one.
    const made = (await readCampaigns(pool, [id])).get(id)
    if (made !== undefined) return made
  }
  checkSchedule(scheduledAt)
  const message = campaign.message === null ? null : checkMessage(campaign.message)
  const audience = campaign.audience === null ? null : checkAudience(campaign.audience)
  const rules = checkSendRules(rulesOf(campaign), law, scheduledAt ?? new Date())
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
    if (audience !== null) await confirmAudience(guard, projectId, audience, campaign.confirmAudience)
  }
  await pool.query({
    name: 'campaign-create',
    text: `INSERT INTO campaigns
             (id, project_id, name, message, audience, unfinished, tags, state, guarantee, priority, rate_per_minute, scheduled_at,
              latest_start_minutes, created_by, sent_by, kind, advertiser, night, send_window, not_after, default_zone)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
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
      scheduledAt,
      campaign.latestStartMinutes,
      createdBy,
      scheduledAt === null ? null : createdBy,
      rules.kind,
      jsonOf(rules.advertiser),
      rules.night,
      jsonOf(rules.sendWindow),
      rules.notAfter,
      rules.defaultZone,
    ],
  })
  return readCampaign(pool, id)
}

function rulesOf({ kind, advertiser, night, sendWindow, notAfter, defaultZone }: NewCampaign): GivenRules {
  return { kind, advertiser, night, sendWindow, notAfter, defaultZone }
}

/** Null is SQL's, not JSON's. */
function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}
