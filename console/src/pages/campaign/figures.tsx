/** How far a campaign is: four figures, one bar, and the rest in a line. They add up to the audience. */
import { Alert, Text, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Campaign, Progress } from '../../api/campaigns.ts'
import { ProgressBar, Swatch } from '../../components/progress-bar.tsx'
import { useMay } from '../../components/use-session.ts'
import { addsUp, countOf, listedStateOf, type Part, partMeaning, partName } from '../../progress-figures.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useText, useTextOf } from '../../text/language.tsx'
import classes from './figures.module.css'
import { figuresOf } from './figures-of.ts'

export function Figures({ campaign }: { campaign: Campaign }) {
  const text = useTextOf(campaignTexts)
  const { format, campaign: said } = text
  const { id, progress } = campaign
  const { audience, isPlanned } = progress
  const { main, rest } = figuresOf(campaign)
  return (
    <>
      <dl className={classes.figures} aria-label={said.progress}>
        {main.map((part) => (
          <Figure key={part} id={id} part={part} progress={progress} />
        ))}
        <div className={classes.figure} data-part="audience">
          <dt className={classes.name}>{said.audienceRow}</dt>
          <dd className={classes.number}>{format.number(audience)}</dd>
        </div>
      </dl>
      <ProgressBar progress={progress} isLarge />
      <div className={classes.under}>
        <span className="figure">
          {(isPlanned ? said.sentOf : said.sentOfCounted)(progress.sent, audience)}
        </span>
        {rest.length > 0 && (
          <dl className={classes.rest}>
            {rest.map((part) => (
              <Figure key={part} id={id} part={part} progress={progress} />
            ))}
          </dl>
        )}
      </div>
      {!isPlanned && (
        <Text size="sm" c="dimmed" mt="xs">
          {said.counting(audience)}
        </Text>
      )}
      {!addsUp(progress) && (
        <Alert color="red" variant="outline" role="alert" mt="sm">
          {said.countsMismatch}
        </Alert>
      )}
    </>
  )
}

function Figure({ id, part, progress }: { id: string; part: Part; progress: Progress }) {
  const text = useTextOf(campaignTexts)
  const count = countOf(progress, part)
  const { audience, isPlanned } = progress
  return (
    <div className={classes.figure} data-part={part} data-some={count > 0 || undefined}>
      <dt className={classes.name}>
        <Swatch part={part} />
        <Tooltip label={partMeaning(part, text)} events={{ hover: true, focus: true, touch: true }}>
          <span>{partName(part, text)}</span>
        </Tooltip>
      </dt>
      <dd className={classes.number}>
        <Count id={id} part={part} count={count} />
      </dd>
      {isPlanned && audience > 0 && <dd className={classes.share}>{text.format.percent(count, audience)}</dd>}
    </div>
  )
}

/** A link to the devices that are counted, if there are any. */
function Count({ id, part, count }: { id: string; part: Part; count: number }) {
  const { format } = useText()
  const state = listedStateOf(part)
  const mayList = useMay('people:read')
  if (state === undefined || count === 0 || !mayList) return format.number(count)
  return (
    <Link to="/campaigns/$id/deliveries" params={{ id }} search={{ state }} className={classes.link}>
      {format.number(count)}
    </Link>
  )
}
