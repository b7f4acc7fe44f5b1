/** The summary of what will be sent, in sentences. */
import { Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { campaignListQuery } from '../../api/campaigns.ts'
import type { AudienceCount } from '../../api/drafts.ts'
import { systemQuery } from '../../api/system.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { AudienceForm } from './audience-form.ts'
import { nameOf } from './draft-form.ts'
import { headlineOf } from './message-form.ts'
import { type RateLimitNow, secondsToSend } from './time-to-send.ts'
import type { Draft } from './use-draft.ts'

interface Props {
  draft: Draft
  count: AudienceCount | undefined
  isCounting: boolean
}

export function InWords({ draft, count, isCounting }: Props) {
  const { draftSend: text, sendRules, caps, format } = useTextOf(draftTexts)
  const { form, read } = draft
  const kind = text.audienceKind[form.audience.kind as Exclude<AudienceForm['kind'], ''>]
  // Isolated, so that a right-to-left title does not reorder the sentence around it.
  const title = `\u2068${headlineOf(form.message) || nameOf(form)}\u2069`
  if (count === undefined && isCounting) return <Text role="status">{text.counting}</Text>
  const { oncePerMember } = form.rules
  const audience =
    count === undefined
      ? text.audienceUnknown
      : oncePerMember
        ? caps.members(count.members)
        : text.devices(count.devices)
  const at = read.startsAt?.at
  const { zone } = form.schedule
  return (
    <Stack gap="xs" aria-busy={isCounting}>
      <Text fw={600}>
        {read.localTime !== null
          ? text.summaryLocal(title, audience, kind, format.wall(read.localTime.localAt))
          : at === undefined
            ? text.summaryNow(title, audience, kind)
            : text.summaryScheduled(title, audience, kind, {
                time: format.inZone(at, zone),
                zone,
                utc: format.inZone(at, 'UTC'),
              })}
      </Text>
      {count?.devices === 0 && <Text>{text.noDevices}</Text>}
      {count !== undefined && count.devices > 0 && (
        <>
          {oncePerMember && <Text>{caps.onceOf(count.members, count.devices)}</Text>}
          <Text>{text.reachable(count.reachable, count.devices - count.reachable)}</Text>
          {form.rules.kind === 'advertising' && (
            <Text>{sendRules.consentCount(count.reachable, count.withConsent, count.withNightConsent)}</Text>
          )}
          {!form.rules.ignoresCaps && (
            <AtCap count={count} isAdvertising={form.rules.kind === 'advertising'} />
          )}
          <HowLong
            messages={messagesOf(draft, count)}
            ratePerMinute={read.body?.ratePerMinute ?? null}
            isNow={!read.isForLater}
          />
        </>
      )}
      <Text>{text.guarantee[form.guarantee]}</Text>
      <Text c="dimmed" size="sm">
        {text.afterSending}
      </Text>
    </Stack>
  )
}

function meantOf(atCap: NonNullable<AudienceCount['atCap']>, isAdvertising: boolean): number {
  return isAdvertising ? atCap.withConsent : atCap.devices
}

/** As of now; at a later time it may be others. Said only if there are some, or if it is not known. */
function AtCap({ count: { atCap }, isAdvertising }: { count: AudienceCount; isAdvertising: boolean }) {
  const { caps } = useTextOf(draftTexts)
  if (atCap === null) return <Text>{caps.atCapUnknown}</Text>
  const devices = meantOf(atCap, isAdvertising)
  return devices === 0 ? null : <Text>{caps.atCap(devices)}</Text>
}

/** No more than so many are sent: of those who may get it, one for each member if the campaign says so. */
function messagesOf({ form: { rules }, read }: Draft, count: AudienceCount): number {
  const isAdvertising = rules.kind === 'advertising'
  // Later they may have room again.
  const atCap = rules.ignoresCaps || read.isForLater ? null : count.atCap
  const capped = atCap === null ? 0 : meantOf(atCap, isAdvertising)
  const devices = Math.max(0, (isAdvertising ? count.withConsent : count.reachable) - capped)
  return rules.oncePerMember ? Math.min(count.members, devices) : devices
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
  if (system.data === undefined) return system.isError ? <Text>{text.durationUnknown}</Text> : null
  const rateLimit = rateLimitOf(system.data, isNow)
  const seconds = secondsToSend(messages, rateLimit, ratePerMinute)
  if (seconds === null) return <Text>{text.durationUnlimited}</Text>
  const full = (rateLimit.messagesPerMinute ?? Number.POSITIVE_INFINITY) * rateLimit.share
  const isOwn = ratePerMinute !== null && ratePerMinute <= full
  const limit = isOwn
    ? text.rateLimitedBy.own(ratePerMinute)
    : rateLimit.share < 1
      ? text.rateLimitedBy.slowed(Math.round(full))
      : text.rateLimitedBy.rateLimit(Math.round(full))
  const others = isNow ? (sending.data?.pages[0]?.data.length ?? 0) : 0
  return (
    <Text>
      {text.duration(format.aboutDuration(seconds), limit)}
      {rateLimit.rampSeconds > 0 && !isOwn && ` ${text.rampUp(format.duration(rateLimit.rampSeconds))}`}
      {others > 0 && ` ${text.sharedRateLimit(others)}`}
    </Text>
  )
}

/** A scheduled campaign starts with an idle quota and at the full rate. */
function rateLimitOf({ rateLimits }: SystemReply, isNow: boolean): RateLimitNow {
  // Of the default project, which comes first: new campaigns belong to it.
  const {
    messagesPerMinute = null,
    share = 1,
    usedLastMinute = 0,
    rampSeconds = 0,
    rampUntil = null,
  } = rateLimits[0] ?? {}
  const ramp = messagesPerMinute === null ? 0 : rampSeconds
  if (!isNow) return { messagesPerMinute, share: 1, rampSeconds: ramp }
  const isRunning = usedLastMinute > 0 && rampUntil === null
  return { messagesPerMinute, share, rampSeconds: isRunning ? 0 : ramp }
}
