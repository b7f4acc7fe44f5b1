/** Somebody else was faster: who, and what is different from what was on the screen. */
import { Text } from '@mantine/core'
import type { Campaign, WholeCampaign } from '../../api/campaigns.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone } from '../../zones.ts'
import { DifferenceTable } from '../new-campaign/difference-table.tsx'
import { draftFormOf } from '../new-campaign/draft-form.ts'
import { audienceWords } from './audience-words.ts'
import classes from './changed-meanwhile.module.css'

export function ChangedMeanwhile({ seen, current }: { seen: Campaign; current: WholeCampaign }) {
  const texts = useTextOf(campaignTexts)
  const { campaign: text } = texts
  const { changes: said } = text
  const { audience, unfinished } = current
  const audienceOf = ({ audienceSummary: summary }: Campaign) =>
    summary === null ? text.audienceNobody : audienceWords(summary, texts)
  const [audienceBefore, audienceNow] = [audienceOf(seen), audienceOf(current)]
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
        // Of its audience only the summary was on the screen: it is compared below.
        mine={draftFormOf({ ...seen, audience, unfinished }, zone)}
        theirsTitle={said.now}
      />
      {seen.audienceHash !== current.audienceHash && (
        <Text size="sm">
          {text.audience}: {audienceBefore} →{' '}
          {audienceNow === audienceBefore ? said.otherAudience(audienceNow) : audienceNow}
        </Text>
      )}
      <Text size="sm">{said.ask}</Text>
    </section>
  )
}
