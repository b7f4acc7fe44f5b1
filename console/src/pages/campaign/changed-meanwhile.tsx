/** Somebody else was faster: who, and what is different from what was on the screen. */
import { Text } from '@mantine/core'
import type { Campaign } from '../../api/campaigns.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone } from '../../zones.ts'
import { DifferenceTable } from '../new-campaign/difference-table.tsx'
import { draftFormOf } from '../new-campaign/draft-form.ts'
import classes from './changed-meanwhile.module.css'

export function ChangedMeanwhile({ seen, current }: { seen: Campaign; current: Campaign }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const { changes: said } = text
  const zone = ownZone()
  return (
    <section role="alert" className={classes.changed}>
      <Text fw={650} size="sm">
        {said.title(current.changedByName)}
      </Text>
      {seen.state !== current.state && (
        <div className={classes.states}>
          <StateBadge campaign={seen} /> <span aria-hidden>→</span> <StateBadge campaign={current} />
        </div>
      )}
      <DifferenceTable
        theirs={draftFormOf(current, zone)}
        mine={draftFormOf(seen, zone)}
        theirsTitle={said.now}
      />
      <Text size="sm">{said.ask}</Text>
    </section>
  )
}
