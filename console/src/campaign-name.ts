/** What a campaign is called. A draft may have no name yet. */
import type { Text } from './text/text.ts'

export function nameOfCampaign({ name }: { name: string }, text: Pick<Text, 'campaigns'>): string {
  return name === '' ? text.campaigns.untitled : name
}
