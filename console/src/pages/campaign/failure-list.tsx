/** Devices that did not get the message, by reason: count, meaning and advice. */
import { Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { NOT_SENT_STATES } from '../../../../src/domain/delivery-result.ts'
import { type Campaign, type Failure, failuresQuery, isMoving, type Progress } from '../../api/campaigns.ts'
import { Answer } from '../../components/answer.tsx'
import { FcmSaid } from '../../components/fcm-said.tsx'
import { TextLink } from '../../components/links.tsx'
import { Swatch } from '../../components/progress-bar.tsx'
import { countOf } from '../../progress-figures.ts'
import { useText } from '../../text/language.tsx'
import classes from './failure-list.module.css'

/** Less often than the progress, because the server counts rows. */
const EVERY_MS = 5_000

export function FailureList({ campaign }: { campaign: Campaign }) {
  const text = useText()
  const { id, progress, closedAt } = campaign
  const moves = isMoving(campaign)
  const query = useQuery({
    ...failuresQuery(id, moves),
    placeholderData: keepPreviousData,
    refetchInterval: moves ? EVERY_MS : false,
  })
  return (
    <Answer query={query}>
      {({ data }) =>
        data.length === 0 ? (
          <Text size="sm" c="dimmed">
            {progress.sent > 0
              ? text.campaign.noFailures
              : closedAt === null
                ? text.campaign.noFailuresYet
                : text.campaign.nothingSent}
          </Text>
        ) : (
          <>
            <ul className={classes.list}>
              {data.map((failure) => (
                <Reason
                  key={failure.state + failure.code}
                  id={id}
                  failure={failure}
                  audience={progress.audience}
                />
              ))}
            </ul>
            {moves && sumOf(data) !== notSentOf(progress) && (
              <Text size="xs" c="dimmed">
                {text.campaign.failuresDelayed}
              </Text>
            )}
          </>
        )
      }
    </Answer>
  )
}

function sumOf(failures: Failure[]): number {
  return failures.reduce((sum, { count }) => sum + count, 0)
}

function notSentOf(progress: Progress): number {
  return NOT_SENT_STATES.reduce((sum, state) => sum + countOf(progress, state), 0)
}

function Reason({ id, failure, audience }: { id: string; failure: Failure; audience: number }) {
  const text = useText()
  const { state, code, count, fcmSaid } = failure
  const said = text.codes[code]
  return (
    <li className={classes.row}>
      <div className={classes.count}>
        <span className={classes.number}>{text.format.number(count)}</span>
        <span className={classes.state}>
          <Swatch part={state} />
          {text.states.delivery[state]}
          {audience > 0 && ` · ${text.format.percent(count, audience)}`}
        </span>
      </div>
      <div>
        <Text fw={550}>{said.meaning}</Text>
        <Text size="sm" c="dimmed">
          {said.advice}
        </Text>
        {fcmSaid !== null && <FcmSaid words={fcmSaid} />}
      </div>
      <TextLink
        to="/campaigns/$id/deliveries"
        params={{ id }}
        search={{ state, code }}
        size="sm"
        className={classes.show}
        aria-label={`${text.campaign.showDevices}: ${said.meaning}`}
      >
        {text.campaign.showDevices}
      </TextLink>
    </li>
  )
}
