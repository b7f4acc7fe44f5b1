/** Every process: status, memory and current work. */
import { Progress, Text } from '@mantine/core'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import classes from './system.module.css'

type Process = SystemReply['processes'][number]

export function Processes({ system: { processes, at } }: { system: SystemReply }) {
  const { system: text } = useTextOf(systemTexts)
  const alive = processes.filter(({ isAlive }) => isAlive)
  const ended = processes.filter(({ isAlive }) => !isAlive)
  return (
    <>
      <Panel title={text.processes}>
        {alive.length === 0 && <Text size="sm">{text.noProcesses}</Text>}
        <ul className={classes.list}>
          {alive.map((process) => (
            <Row key={process.id} process={process} at={at} />
          ))}
        </ul>
      </Panel>
      {ended.length > 0 && (
        <Panel title={text.ended}>
          <ul className={classes.list}>
            {ended.map((process) => (
              <Row key={process.id} process={process} at={at} />
            ))}
          </ul>
        </Panel>
      )}
    </>
  )
}

function Row({ process, at }: { process: Process; at: string }) {
  const { system: text, format } = useTextOf(systemTexts)
  const { role, host, pid, state, isAlive, startedAt, seenAt, stoppedAt, exitReason } = process
  const runningSeconds = (Date.parse(isAlive ? at : seenAt) - Date.parse(startedAt)) / 1000
  return (
    <li className={classes.process}>
      <div className={classes.cell}>
        <Text fw={550}>{text.roles[role] ?? role}</Text>
        <Text size="xs" c="dimmed">
          {host}:{pid}
        </Text>
      </div>
      <Text size="sm" component="div" className={classes.state}>
        <span className={classes.dot} data-state={state} aria-hidden />
        {text.states[state]}
      </Text>
      <div className={classes.cell}>
        {isAlive ? (
          <Memory process={process} />
        ) : (
          <Text size="sm">
            {stoppedAt === null
              ? text.seenAt(format.dateTime(seenAt))
              : text.endedAt(format.dateTime(stoppedAt))}
            {exitReason !== null && `: ${exitReason}`}
          </Text>
        )}
      </div>
      <div className={classes.cell}>
        {isAlive && <Doing process={process} />}
        <Text size="xs" c="dimmed" className="figure">
          {isAlive ? text.runningFor : text.ranFor}: {format.duration(runningSeconds)}
        </Text>
      </div>
    </li>
  )
}

function Memory({ process: { rssBytes, rssLimitBytes } }: { process: Process }) {
  const { system: text, format, shell } = useTextOf(systemTexts)
  if (rssBytes === null) return <Text size="sm">{shell.none}</Text>
  const used = format.bytes(rssBytes)
  return (
    <>
      <Text size="sm" className="figure">
        {text.memory}: {rssLimitBytes === null ? used : text.memoryOf(used, format.bytes(rssLimitBytes))}
      </Text>
      {rssLimitBytes !== null && (
        <Progress
          size="sm"
          mt={4}
          value={Math.min(100, (rssBytes / rssLimitBytes) * 100)}
          aria-label={text.memory}
        />
      )}
    </>
  )
}

/** What a dispatcher does for one project: the concurrency that it has found, and what limits its rate now. */
function Project({ process, name, isNamed }: { process: Process; name: string; isNamed: boolean }) {
  const { system: text } = useTextOf(systemTexts)
  const breaker = process.breakers?.find(({ project }) => project === name)?.state
  const sender = process.senders?.find(({ project }) => project === name)
  return (
    <div className={classes.project}>
      {isNamed && (
        <Text size="sm" fw={550}>
          {name}
        </Text>
      )}
      {breaker !== undefined && (
        <Text size="sm" {...(breaker !== 'closed' && { c: 'var(--mantine-color-error)' })}>
          {text.fcmConnection}: {text.fcmConnections[breaker]}
        </Text>
      )}
      {sender !== undefined && (
        <Text size="sm" className="figure">
          {text.inFlight(sender.inFlight, sender.limit)}
        </Text>
      )}
      {sender?.limitedBy != null && (
        <Text size="sm" className="figure">
          {text.limitedBy[sender.limitedBy](sender.figure ?? 0)}
        </Text>
      )}
    </div>
  )
}

function Doing({ process }: { process: Process }) {
  const { system: text, format } = useTextOf(systemTexts)
  const { batchesInHand, messagesInFlight, ratePerSecond, breakers, eventLoopLagMs } = process
  return (
    <>
      {batchesInHand !== null && (
        <Text size="sm" className="figure">
          {text.inProgress(batchesInHand, messagesInFlight ?? 0)}
          {ratePerSecond !== null && `, ${text.rate(ratePerSecond)}`}
        </Text>
      )}
      {(breakers ?? []).map(({ project }) => (
        <Project key={project} process={process} name={project} isNamed={breakers?.length !== 1} />
      ))}
      {eventLoopLagMs !== null && (
        <Text size="xs" c="dimmed" className="figure">
          {text.eventLoopDelay}: {text.ms(format.rate(eventLoopLagMs))}
        </Text>
      )}
    </>
  )
}
