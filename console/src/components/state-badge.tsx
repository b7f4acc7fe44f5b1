/** How a campaign stands, at a glance. The word carries the meaning; the color helps to scan. */
import { Badge } from '@mantine/core'
import { headlineOf, type Judged, toneOf } from '../campaign-tone.ts'
import { useText } from '../text/language.tsx'
import classes from './state-badge.module.css'

export function StateBadge({ campaign }: { campaign: Judged }) {
  const text = useText()
  const said = text.states.headline[headlineOf(campaign)]
  return (
    <Badge
      title={said}
      variant="default"
      tt="none"
      size="lg"
      className={classes.badge}
      data-tone={toneOf(campaign)}
      data-state={campaign.state}
    >
      <span aria-hidden className={classes.dot} />
      {said}
    </Badge>
  )
}
