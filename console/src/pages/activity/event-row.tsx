/** One event: who did what to what, what they saw, and what was recorded. */
import { Anchor, Text } from '@mantine/core'
import type { AuditEvent } from '../../api/audit.ts'
import { TextLink } from '../../components/links.tsx'
import { activityTexts } from '../../text/activity-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './activity.module.css'
import { linesOf } from './event-lines.ts'

interface Props {
  event: AuditEvent
  /** The hash of the message that the campaign has now. Null: no campaign is looked at. */
  messageNow: string | null
  onActor: (id: string) => void
}

export function EventRow({ event, messageNow, onActor }: Props) {
  const { activity: text, format } = useTextOf(activityTexts)
  const { seq, at, actor, deed, address, requestId, detail, hash } = event
  const { id: actorId } = actor
  return (
    <li className={classes.row}>
      <Text size="sm" c="dimmed" component="time" dateTime={at}>
        {format.dateTime(at)}
      </Text>
      <div className={classes.what}>
        <div>
          {actorId === null ? (
            <Text span size="sm" fw={600}>
              {text.actors.process}
            </Text>
          ) : (
            <Anchor
              component="button"
              type="button"
              size="sm"
              fw={600}
              dir="auto"
              title={text.onlyBy(actor.name)}
              onClick={() => onActor(actorId)}
            >
              {actor.name}
            </Anchor>
          )}
          <Text span size="sm" c="dimmed">
            {' '}
            {actorId === null ? actor.name : text.actors[actor.kind]} ·{' '}
          </Text>
          <Text span size="sm">
            {text.deeds[deed]}
          </Text>
          <Subject event={event} />
        </div>
        {linesOf(event, messageNow, text, format.number).map((line) => (
          <Text key={line} size="sm" c="dimmed">
            {line}
          </Text>
        ))}
        <details className={classes.raw}>
          <summary>
            {text.raw} · {text.number(format.number(seq))}
            {address !== null && ` · ${text.fromAddress(address)}`}
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to */}
          <pre className={classes.json} tabIndex={0}>
            {JSON.stringify({ subject: event.subject, detail, requestId, hash }, null, 2)}
          </pre>
        </details>
      </div>
    </li>
  )
}

function Subject({ event: { subject } }: { event: AuditEvent }) {
  const { kind, id, name } = subject
  if (name === null || id === null) return null
  const shown = <span dir="auto">“{name}”</span>
  return (
    <Text span size="sm">
      {' '}
      {kind === 'campaign' ? (
        <TextLink to="/campaigns/$id" params={{ id }} size="sm">
          {shown}
        </TextLink>
      ) : kind === 'schedule' ? (
        <TextLink to="/schedules/$id" params={{ id }} size="sm">
          {shown}
        </TextLink>
      ) : (
        shown
      )}
    </Text>
  )
}
