import type { Audience } from './campaign.ts'

type AudienceFilter = Extract<Audience, { filter: unknown }>['filter']

/**
 * What is said of an audience wherever many are shown or one is shown often: lists, event streams, answers to deeds. An
 * audience may have ten thousand ids or a filter of a megabyte; this has at most a few thousand bytes.
 */
export type AudienceSummary =
  | { kind: 'all' }
  | { kind: 'members'; members: number }
  /** Null: it is too long to be shown here. */
  | { kind: 'filter'; filter: AudienceFilter | null }

/** As JSON. The column campaigns.audience_summary, which PostgreSQL makes, has the same number. */
const LONGEST_FILTER_BYTES = 2_000

const utf8 = new TextEncoder()

export function summarizeAudience(audience: Audience): AudienceSummary {
  if ('all' in audience) return { kind: 'all' }
  if ('externalIds' in audience) return { kind: 'members', members: audience.externalIds.length }
  const { filter } = audience
  const bytes = utf8.encode(JSON.stringify(filter)).length
  return { kind: 'filter', filter: bytes <= LONGEST_FILTER_BYTES ? filter : null }
}
