/** The status of a campaign. The word carries the meaning; the color helps to scan. */
import { Badge } from '@mantine/core'
import type { CampaignState } from '../../../src/domain/campaign.ts'
import { useText } from '../text/language.tsx'
import classes from './state-badge.module.css'

export function StateBadge({ state }: { state: CampaignState }) {
  const text = useText()
  return (
    <Badge variant="default" tt="none" size="lg" className={classes.badge} data-state={state}>
      <span aria-hidden className={classes.dot} />
      {text.states.campaign[state]}
    </Badge>
  )
}
