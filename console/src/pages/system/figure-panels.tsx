/** Rate limit and quota, the queue, the database. */
import { Progress, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import classes from './system.module.css'

interface Props {
  system: SystemReply
}

/** One panel for each project; with one project only, its name is left out. */
export function RateLimitPanels({ system: { rateLimits, at } }: Props) {
  const { system: text } = useTextOf(systemTexts)
  return rateLimits.map((rateLimit) => (
    <RateLimitPanel
      key={rateLimit.project}
      title={rateLimits.length === 1 ? text.rateLimit : text.ofProject(rateLimit.project, text.rateLimit)}
      rateLimit={rateLimit}
      at={at}
    />
  ))
}

interface RateLimitProps {
  title: string
  rateLimit: SystemReply['rateLimits'][number]
  at: string
}

function RateLimitPanel({ title, rateLimit, at }: RateLimitProps) {
  const { system: text, format } = useTextOf(systemTexts)
  const { messagesPerMinute, usedLastMinute, deadAddressesLastMinute, share, rampUntil } = rateLimit
  const isStarting = rampUntil !== null && rampUntil > at
  return (
    <Panel title={title}>
      <Facts>
        <Fact name={text.used}>
          {messagesPerMinute === null
            ? text.usedUnlimited(usedLastMinute)
            : text.usedOf(usedLastMinute, messagesPerMinute)}
          {messagesPerMinute !== null && (
            <Progress
              mt={4}
              size="sm"
              value={Math.min(100, (usedLastMinute / messagesPerMinute) * 100)}
              aria-label={text.used}
            />
          )}
        </Fact>
        <Fact name={text.deadAddresses}>
          {text.deadShare(deadAddressesLastMinute, format.percent(deadAddressesLastMinute, usedLastMinute))}
          <Text size="xs" c="dimmed">
            {text.deadAddressesHint}
          </Text>
        </Fact>
        <Fact name={text.currentRate}>
          {isStarting
            ? text.ramp(format.clock(rampUntil))
            : share >= 1
              ? text.fullRate
              : text.shareOfFullRate(format.percent(share, 1))}
        </Fact>
      </Facts>
    </Panel>
  )
}

export function QueuePanel({ system: { batches, queue, oldestDueSeconds } }: Props) {
  const { system: text, format } = useTextOf(systemTexts)
  const { backend, isReachable, waiting, active } = queue
  return (
    <Panel title={text.queue}>
      <Facts>
        <Fact name={text.planned}>{format.number(batches.planned)}</Fact>
        <Fact name={text.queued}>{format.number(batches.queued)}</Fact>
        <Fact name={text.sending}>{format.number(batches.sending)}</Fact>
        <Fact name={text.oldest}>
          {oldestDueSeconds === null ? text.nothingDue : format.duration(oldestDueSeconds)}
        </Fact>
        <Fact name={`${text.queueBackend} (${text.backend[backend]})`}>
          {isReachable ? text.reachable : text.unreachable}
          {waiting !== null && active !== null && `, ${text.jobs(waiting, active)}`}
        </Fact>
      </Facts>
    </Panel>
  )
}

export function DatabasePanel({ system: { database } }: Props) {
  const { system: text, format } = useTextOf(systemTexts)
  const { latencyMs, connections, maxConnections } = database
  return (
    <Panel title={text.database}>
      <Facts>
        <Fact name={text.latency}>{text.ms(format.rate(latencyMs))}</Fact>
        <Fact name={text.connections}>{text.connectionsOf(connections, maxConnections)}</Fact>
      </Facts>
    </Panel>
  )
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figure">{children}</dd>
    </div>
  )
}
