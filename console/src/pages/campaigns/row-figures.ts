/** What a row says about its campaign. Pure. */
import type { Campaign } from '../../api/campaigns.ts'
import type { Text } from '../../text/text.ts'

/** Before anything was planned all counts are zero, which says nothing. */
export function hasFigures({ state, progress }: Pick<Campaign, 'state' | 'progress'>): boolean {
  return state !== 'draft' && !(state === 'scheduled' && progress.audience === 0)
}

/** The time that a person looks for: when it starts, when it was sent, when the draft was touched last. */
export function timeOf(
  campaign: Pick<Campaign, 'state' | 'scheduledAt' | 'startedAt' | 'updatedAt' | 'createdAt'>,
) {
  const { state, scheduledAt, startedAt, updatedAt, createdAt } = campaign
  if (state === 'draft') return updatedAt
  return (state === 'scheduled' ? scheduledAt : startedAt) ?? createdAt
}

/** In few words, what a campaign that is being sent waits for. */
export function waitsForSaid(
  { kind, name }: NonNullable<Campaign['waitsFor']>,
  { waitsFor: said }: Pick<Text['campaigns'], 'waitsFor'>,
): string {
  return kind === 'campaign' ? said.campaign(name ?? '') : said[kind]
}
