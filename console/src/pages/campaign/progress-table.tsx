/** The progress of a campaign: one bar, and a table of numbers that add up to the audience. */
import { Alert, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Campaign } from '../../api/campaigns.ts'
import { ProgressBar, Swatch } from '../../components/progress-bar.tsx'
import {
  addsUp,
  countOf,
  listedStateOf,
  PARTS,
  type Part,
  partMeaning,
  partName,
} from '../../progress-figures.ts'
import { useText } from '../../text/language.tsx'
import classes from './progress-table.module.css'

export function ProgressTable({ campaign: { id, progress } }: { campaign: Campaign }) {
  const text = useText()
  const { format, campaign: said } = text
  const { audience, isPlanned } = progress
  const canShare = isPlanned && audience > 0
  const headline = (isPlanned ? said.sentOf : said.sentOfCounted)(progress.sent, audience)
  return (
    <>
      <p className={classes.headline}>
        {headline.before !== '' && <span className={classes.of}>{headline.before} </span>}
        <span className={classes.sent}>{headline.sent}</span>{' '}
        <span className={classes.of}>
          {headline.after}
          {canShare && ` · ${format.percent(progress.sent, audience)}`}
        </span>
      </p>
      <ProgressBar progress={progress} isLarge />
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
      <table className={classes.table} aria-label={said.progress}>
        <thead>
          <tr>
            <th scope="col">{said.result}</th>
            <th scope="col" className={classes.figure}>
              {said.count}
            </th>
            <th scope="col" className={classes.figure}>
              {said.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {PARTS.map((part) => (
            <tr key={part}>
              <th scope="row">
                <span className={classes.part}>
                  <Swatch part={part} />
                  <span>
                    <Name id={id} part={part} count={countOf(progress, part)} />
                    <span className={classes.means}>{partMeaning(part, text)}</span>
                  </span>
                </span>
              </th>
              <td className={classes.figure}>{format.number(countOf(progress, part))}</td>
              <td className={classes.figure}>
                {canShare ? format.percent(countOf(progress, part), audience) : text.shell.none}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{said.audienceRow}</th>
            <td className={classes.figure}>{format.number(audience)}</td>
            <td className={classes.figure}>
              {canShare ? format.percent(audience, audience) : text.shell.none}
            </td>
          </tr>
        </tfoot>
      </table>
    </>
  )
}

/** A link to the devices that are counted, if there are any. */
function Name({ id, part, count }: { id: string; part: Part; count: number }) {
  const text = useText()
  const state = listedStateOf(part)
  const name = partName(part, text)
  if (state === undefined || count === 0) return <span className={classes.name}>{name}</span>
  return (
    <Link to="/campaigns/$id/deliveries" params={{ id }} search={{ state }} className={classes.name}>
      {name}
    </Link>
  )
}
