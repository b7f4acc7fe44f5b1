import type { Campaign } from '../../api/campaigns.ts'

/** Who Korean members read to be the sender; null: it is no advertisement. */
export function advertiserOf({ kind, advertiser }: Pick<Campaign, 'kind' | 'advertiser'>) {
  return kind === 'advertising' ? advertiser : null
}
