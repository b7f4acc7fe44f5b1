/** Devices that did not get the message, by reason: count, meaning and advice. */
import { Text } from '@mantine/core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { type Campaign, type Failure, failuresQuery, isMoving } from '../../api/campaigns.ts'
import { keys } from '../../api/query-keys.ts'
import { Answer } from '../../components/answer.tsx'
import { FcmSaid } from '../../components/fcm-said.tsx'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { Swatch } from '../../components/progress-bar.tsx'
import { useMay } from '../../components/use-session.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './failure-list.module.css'
import { reconcile } from './reconcile.ts'

/** Less often than the progress, because the server counts rows. */
const EVERY_MS = 5_000
/** Of a campaign whose figures are final the reasons are asked for again this often, if they do not add up. */
const FINAL_TRIES = 4

/** `toDevices`: the ways to the results of single devices, while there are any. */
export function FailurePanel({ campaign, toDevices }: { campaign: Campaign; toDevices: ReactNode }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const client = useQueryClient()
  const { id, progress } = campaign
  const moves = isMoving(campaign)
  const query = useQuery({
    ...failuresQuery(id, moves),
    enabled: campaign.resultsDeletedAt === null,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      if (moves) return EVERY_MS
      const isOff = state.data !== undefined && reconcile(state.data.data, progress).missing > 0
      return isOff && state.dataUpdateCount < FINAL_TRIES ? EVERY_MS : false
    },
  })
  const tries = client.getQueryState(failuresQuery(id, moves).queryKey)?.dataUpdateCount ?? 0
  const { missing, isAhead } = reconcile(query.data?.data ?? [], progress)
  // The reasons were read later than the figures: the figures are read again, too.
  useEffect(() => {
    if (isAhead) void client.invalidateQueries({ queryKey: keys.campaign(id), exact: true })
  }, [isAhead, client, id])
  if (campaign.resultsDeletedAt !== null) {
    return (
      <Panel title={text.failures}>
        <Text size="sm" c="dimmed">
          {text.resultsDeleted}
        </Text>
      </Panel>
    )
  }
  return (
    <Panel title={text.failures} actions={toDevices}>
      <Answer query={query}>
        {({ data }) =>
          data.length === 0 && missing === 0 ? (
            <Text size="sm" c="dimmed">
              {progress.sent > 0 ? text.noFailures : moves ? text.noFailuresYet : text.noResults}
            </Text>
          ) : (
            <div>
              <ul className={classes.list}>
                {data.map((failure) => (
                  <Reason
                    key={failure.state + failure.code}
                    id={id}
                    failure={failure}
                    audience={progress.isPlanned ? progress.audience : 0}
                  />
                ))}
              </ul>
              {missing > 0 && (
                <Text size="sm" c="dimmed" role="status">
                  {moves || tries < FINAL_TRIES ? text.reasonsMissing(missing) : text.reasonsLost(missing)}
                </Text>
              )}
            </div>
          )
        }
      </Answer>
    </Panel>
  )
}

function Reason({ id, failure, audience }: { id: string; failure: Failure; audience: number }) {
  const text = useTextOf(campaignTexts)
  const mayList = useMay('people:read')
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
        <Text fw={550} size="sm">
          {said.meaning}
        </Text>
        <Text size="sm" c="dimmed">
          {said.advice}
        </Text>
        {fcmSaid !== null && <FcmSaid words={fcmSaid} />}
        {mayList && (
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
        )}
      </div>
    </li>
  )
}
