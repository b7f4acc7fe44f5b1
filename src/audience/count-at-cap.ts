/**
 * Counts the devices of an audience whose member has reached a frequency cap now: a campaign that is sent now skips them. Read from
 * the uses alone (dispatch/cap-store.ts), so a message in flight counts as sent, and one that has just failed may count too: a
 * forecast. What is decided, is decided when the messages leave. Which campaigns repeat others is looked up only for members who
 * have had enough of them.
 */
import type { Audience } from '../domain/campaign.ts'
import { type CapClock, isCalendar } from '../domain/caps.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import type { Pool } from '../postgres/pool.ts'
import { audiencePredicate } from './audience-predicate.ts'
import { inTime } from './count-audience.ts'

export interface AtCapCount {
  /** Of the reachable. */
  devices: number
  /** Of those who consent to advertising. */
  withConsent: number
}

/** `clock`: one for all counts. Days and weeks are worked out for each zone, and known until they end. */
export async function countAtCap(
  pool: Pool,
  projectId: number,
  audience: Audience,
  timeoutMs: number,
  clock: CapClock,
): Promise<AtCapCount> {
  const { rules } = clock
  if (rules.length === 0) return { devices: 0, withConsent: 0 }
  const { sql, values } = audiencePredicate(projectId, audience)
  const parameter = (value: unknown) => `$${values.push(value)}`
  const { byZone, byDefault } = windowStarts(clock, Date.now())
  const zones = byZone === null ? '' : parameter(JSON.stringify(byZone))
  const starts = rules.map((rule, place) => {
    const otherwise = `${parameter(byDefault[place])}::timestamptz`
    return isCalendar(rule)
      ? `coalesce((${zones}::jsonb #>> ARRAY[m.timezone, '${place}'])::timestamptz, ${otherwise})`
      : otherwise
  })
  const isReached = (use: string) =>
    rules
      .map(({ limit }, place) => `count(DISTINCT ${use}) FILTER (WHERE e.at >= ${starts[place]}) >= ${limit}`)
      .join(' OR ')
  const entries = 'unnest(u.campaign_ids, u.used_at) AS e (campaign, at)'
  const least = Math.min(...rules.map(({ limit }) => limit))
  const [row] = await inTime<AtCapCount>(
    pool,
    `/* count-at-cap */
     SELECT count(*)::int AS devices, (count(*) FILTER (WHERE m.marketing_consent_at IS NOT NULL))::int AS "withConsent"
     FROM member_uses u JOIN members m ON m.id = u.member_id JOIN devices d ON d.member_id = m.id
     WHERE cardinality(u.campaign_ids) >= ${least} AND m.opted_out_at IS NULL AND d.state = 'active' AND (${sql})
       AND CASE WHEN (SELECT ${isReached('e.campaign')} FROM ${entries}) THEN (
         SELECT ${isReached('coalesce(r.chain_id, e.campaign)')} FROM ${entries} LEFT JOIN campaigns r ON r.id = e.campaign) END`,
    values,
    timeoutMs,
  )
  return row ?? { devices: 0, withConsent: 0 }
}

/** Members have one name for each zone: the one that canonicalTimezone returns. */
function windowStarts(clock: CapClock, now: number) {
  const startsOf = (name: string | null) =>
    clock.windowsOf(name, now).starts.map((start) => new Date(start).toISOString())
  const byZone = () =>
    [...Intl.supportedValuesOf('timeZone'), ...FIXED]
      .map((name) => canonicalTimezone(name) ?? name)
      .map((name) => [name, startsOf(name)])
  return {
    byZone: clock.rules.some(isCalendar) ? Object.fromEntries(byZone()) : null,
    byDefault: startsOf(null),
  }
}

/** Zones that are no place: what offsets are stored as. Intl does not list them. */
const FIXED = ['UTC', ...Array.from({ length: 27 }, (_, n) => `Etc/GMT${n - 14 < 0 ? '' : '+'}${n - 14}`)]
