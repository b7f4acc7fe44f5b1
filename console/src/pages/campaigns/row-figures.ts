/** What a row says about its campaign. Pure. */
import type { Campaign } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import type { Text } from '../../text/text.ts'

/** Before anything was planned all counts are zero, which says nothing. */
export function hasFigures({ state, progress }: Pick<Campaign, 'state' | 'progress'>): boolean {
  return state !== 'draft' && !(state === 'scheduled' && progress.audience === 0)
}

/** When it was sent, is to start, or was created: the time that the server sorts and filters by. */
export function timeOf({
  startedAt,
  scheduledAt,
  createdAt,
}: Pick<Campaign, 'scheduledAt' | 'startedAt' | 'createdAt'>) {
  return startedAt ?? scheduledAt ?? createdAt
}

/** In few words, what a campaign that is being sent waits for. */
export function waitsForSaid(
  { kind, name }: NonNullable<Campaign['waitsFor']>,
  text: Pick<Text, 'campaigns'>,
): string {
  const said = text.campaigns.waitsFor
  return kind === 'campaign' ? said.campaign(nameOfCampaign({ name: name ?? '' }, text)) : said[kind]
}
