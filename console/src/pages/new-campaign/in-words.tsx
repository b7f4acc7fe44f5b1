/** What will happen, as somebody would say it. */
import { Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { campaignListQuery } from '../../api/campaigns.ts'
import type { AudienceCount } from '../../api/drafts.ts'
import { systemQuery } from '../../api/system.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { AudienceForm } from './audience-form.ts'
import { RAMP_SECONDS, type RateLimitNow, secondsToSend } from './time-to-send.ts'
import type { Draft } from './use-draft.ts'

interface Props {
  draft: Draft
  count: AudienceCount | undefined
  isCounting: boolean
}

export function InWords({ draft, count, isCounting }: Props) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const { form, read } = draft
  const who = text.who[form.audience.kind as Exclude<AudienceForm['kind'], ''>]
  // Isolated: a title from right to left must not turn the sentence around it.
  const title = `\u2068${form.message.title}\u2069`
  if (count === undefined && isCounting) return <Text role="status">{text.sayCounting}</Text>
  const audience = count === undefined ? text.uncounted : text.devices(count.devices)
  const at = read.startsAt?.at
  return (
    <Stack gap="xs" aria-busy={isCounting}>
      <Text fw={600}>
        {at === undefined
          ? text.sayNow(title, audience, who)
          : text.sayAt(
              title,
              audience,
              who,
              `${format.inZone(at, form.schedule.zone)} (${form.schedule.zone})`,
              format.inZone(at, 'UTC'),
            )}
      </Text>
      {count?.devices === 0 && <Text>{text.nobody}</Text>}
      {count !== undefined && count.devices > 0 && (
        <>
          <Text>{text.sayReachable(count.reachable, count.devices - count.reachable)}</Text>
          <HowLong
            messages={count.reachable}
            ratePerMinute={read.body?.ratePerMinute ?? null}
            isNow={at === undefined}
          />
        </>
      )}
      <Text>{text.sayGuarantee[form.guarantee]}</Text>
      <Text c="dimmed" size="sm">
        {text.sayAfter}
      </Text>
    </Stack>
  )
}

interface HowLongProps {
  messages: number
  ratePerMinute: number | null
  isNow: boolean
}

function HowLong({ messages, ratePerMinute, isNow }: HowLongProps) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const system = useQuery(systemQuery)
  const sending = useInfiniteQuery(campaignListQuery({ state: 'sending' }))
  if (system.data === undefined) return system.isError ? <Text>{text.sayUnknownRate}</Text> : null
  const rateLimit = rateLimitOf(system.data, isNow)
  const seconds = secondsToSend(messages, rateLimit, ratePerMinute)
  if (seconds === null) return <Text>{text.sayUnlimited}</Text>
  const full = (rateLimit.messagesPerMinute ?? Number.POSITIVE_INFINITY) * rateLimit.share
  const isOwn = ratePerMinute !== null && ratePerMinute <= full
  const limit = isOwn
    ? text.limits.own(ratePerMinute)
    : rateLimit.share < 1
      ? text.limits.slowed(Math.round(full))
      : text.limits.rateLimit(Math.round(full))
  const others = isNow ? (sending.data?.pages[0]?.data.length ?? 0) : 0
  return (
    <Text>
      {text.sayDuration(format.duration(seconds), limit)}
      {rateLimit.rampSeconds > 0 && !isOwn && ` ${text.sayRamp}`}
      {others > 0 && ` ${text.sayShared(others)}`}
    </Text>
  )
}

/** A campaign that starts later finds the quota at rest, and FCM's patience restored. */
function rateLimitOf({ rateLimits }: SystemReply, isNow: boolean): RateLimitNow {
  // Of the default project, which comes first: new campaigns belong to it.
  const { messagesPerMinute = null, share = 1, usedLastMinute = 0, rampUntil = null } = rateLimits[0] ?? {}
  if (!isNow)
    return { messagesPerMinute, share: 1, rampSeconds: messagesPerMinute === null ? 0 : RAMP_SECONDS }
  const isRunning = usedLastMinute > 0 && rampUntil === null
  return { messagesPerMinute, share, rampSeconds: isRunning || messagesPerMinute === null ? 0 : RAMP_SECONDS }
}
