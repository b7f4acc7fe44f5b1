/** The next runs, each with what can be done about it, and what became of those before. */
import { Button, Group, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type DecidedRun, runsQuery, type Schedule, type UpcomingRun } from '../../api/schedules.ts'
import { Answer } from '../../components/answer.tsx'
import { TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import classes from './schedules.module.css'

interface Props {
  schedule: Schedule
  mayChange: boolean
  isBusy: boolean
  onChange: (deed: 'skip' | 'restore', run: UpcomingRun) => void
  onSend: (run: UpcomingRun) => void
}

export function UpcomingRuns({ schedule, mayChange, isBusy, onChange, onSend }: Props) {
  const { schedules: text, format } = useTextOf(scheduleTexts)
  return (
    <Panel title={text.upcoming}>
      {schedule.nextRuns.length === 0 ? (
        <Text size="sm" c="dimmed">
          {text.noRuns}
        </Text>
      ) : (
        <ul className={classes.runs}>
          {schedule.nextRuns.map((run) => {
            const when = format.inZone(run.at, schedule.timezone)
            const isSkipped = run.outcome === 'skipped'
            const about = { 'aria-describedby': `run-${run.at}` }
            return (
              <li key={run.at} className={classes.run} data-skipped={isSkipped || undefined}>
                <div>
                  <div className={classes.when} id={`run-${run.at}`}>
                    {when}
                  </div>
                  <Text size="xs" c="dimmed">
                    {isSkipped ? text.skipped : run.outcome === 'made' ? text.made : text.willRun}
                    {run.kind !== 'as_planned' && ` · ${run.kind === 'moved' ? text.moved : text.firstOfTwo}`}
                    {run.campaignId !== null && (
                      <>
                        {' · '}
                        <TextLink to="/campaigns/$id" params={{ id: run.campaignId }} size="xs">
                          {text.openCampaign}
                        </TextLink>
                      </>
                    )}
                  </Text>
                </div>
                {mayChange && (
                  <Group gap="xs">
                    {isSkipped ? (
                      <Button
                        {...about}
                        size="xs"
                        variant="default"
                        disabled={isBusy}
                        onClick={() => onChange('restore', run)}
                      >
                        {text.restore}
                      </Button>
                    ) : (
                      <>
                        <Button
                          {...about}
                          size="xs"
                          variant="default"
                          disabled={isBusy}
                          onClick={() => onChange('skip', run)}
                        >
                          {text.skip}
                        </Button>
                        <Button
                          {...about}
                          size="xs"
                          variant="default"
                          disabled={isBusy}
                          onClick={() => onSend(run)}
                        >
                          {text.sendNow}
                        </Button>
                      </>
                    )}
                  </Group>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </Panel>
  )
}

export function PastRuns({ schedule }: { schedule: Schedule }) {
  const { schedules: text } = useTextOf(scheduleTexts)
  const query = useInfiniteQuery(runsQuery(schedule.id))
  return (
    <Panel title={text.past}>
      <Answer query={query}>
        {({ pages }) => {
          const runs = pages.flatMap(({ data }) => data)
          if (runs.length === 0) {
            return (
              <Text size="sm" c="dimmed">
                {text.noPast}
              </Text>
            )
          }
          return (
            <>
              <ul className={classes.runs}>
                {runs.map((run) => (
                  <PastRun key={run.at} run={run} timezone={schedule.timezone} />
                ))}
              </ul>
              <LoadMore pages={query} />
            </>
          )
        }}
      </Answer>
    </Panel>
  )
}

function PastRun({ run, timezone }: { run: DecidedRun; timezone: string }) {
  const { schedules: text, format } = useTextOf(scheduleTexts)
  return (
    <li className={classes.run}>
      <div>
        <div>{format.inZone(run.at, timezone)}</div>
        <Text size="xs" c="dimmed">
          {text.outcomes[run.outcome]}
          {run.decidedByName !== null && ` ${text.by(run.decidedByName)}`}
        </Text>
      </div>
      {run.campaignId !== null && (
        <TextLink to="/campaigns/$id" params={{ id: run.campaignId }} size="sm">
          {text.openCampaign}
        </TextLink>
      )}
    </li>
  )
}
