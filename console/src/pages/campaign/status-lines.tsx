/** What to know first, one line each: how it went, why it is paused, what it waits for, what it was resent from. */
import { Button, Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleX,
  IconHourglass,
  IconPlayerPause,
  IconPlugConnectedX,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Campaign, campaignQuery } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { headlineOf, toneOf } from '../../campaign-tone.ts'
import { TextLink } from '../../components/links.tsx'
import { ServerText } from '../../components/server-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useSession } from '../../components/use-session.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { CancelingLine } from './canceling-line.tsx'
import { fcmWordsIn } from './fcm-words.ts'
import { StatusLine } from './status-line.tsx'
import classes from './status-lines.module.css'

interface Props {
  campaign: Campaign
  /** When it was read, by this computer's clock. */
  seenAt: number
  onCorrect: () => void
}

export function StatusLines({ campaign, seenAt, onCorrect }: Props) {
  const { campaign: text, states, sendRules, format } = useTextOf(campaignTexts)
  const { state, closedAt, countedResults, scheduledAt, haltedPlatforms, pauseReason } = campaign
  const isEnded = state === 'finished' || state === 'canceled'
  const isCanceling = headlineOf(campaign) === 'canceling'
  return (
    <div className={classes.lines}>
      {isCanceling && <CancelingLine campaign={campaign} seenAt={seenAt} />}
      {isEnded && <Verdict campaign={campaign} />}
      {state === 'paused' && !isCanceling && <Paused campaign={campaign} onCorrect={onCorrect} />}
      {haltedPlatforms.length > 0 && closedAt === null && pauseReason !== 'platform_refused' && (
        <StatusLine
          tone="warning"
          icon={<IconPlugConnectedX size={18} aria-hidden />}
          title={text.haltedTitle(haltedPlatforms.map((platform) => states.platform[platform]).join(', '))}
        >
          {text.halted}
        </StatusLine>
      )}
      <WaitsFor campaign={campaign} />
      {state === 'draft' && (
        <StatusLine>{campaign.isUnfinished ? text.draftUnfinished : text.draft}</StatusLine>
      )}
      {state === 'scheduled' && scheduledAt !== null && !isCanceling && (
        <StatusLine>
          {campaign.localAt === null
            ? text.scheduled(format.inZone(scheduledAt))
            : `${text.localAtOf(format.wall(campaign.localAt))}.`}
          {campaign.frozenAt !== null && ` ${text.frozen(format.inZone(campaign.frozenAt))}`}
        </StatusLine>
      )}
      {state === 'sending' && campaign.nextZoneAt !== null && (
        <StatusLine>{text.nextZone(format.inZone(campaign.nextZoneAt))}</StatusLine>
      )}
      {state === 'sending' && mayWait(campaign) && (
        <StatusLine title={sendRules.hoursTitle}>{sendRules.hours}</StatusLine>
      )}
      {closedAt === null && (countedResults !== null || (isEnded && campaign.startedAt !== null)) && (
        <StatusLine>{text.closing(countedResults)}</StatusLine>
      )}
      <Original campaign={campaign} />
      {campaign.schedule !== null && (
        <StatusLine
          actions={
            <TextLink
              to="/schedules/$id"
              params={{ id: campaign.schedule.id }}
              size="sm"
              underline="always"
              className={classes.original}
            >
              {text.viewSchedule(campaign.schedule.name)}
            </TextLink>
          }
        >
          {text.runOfSchedule(format.inZone(campaign.schedule.runAt))}
        </StatusLine>
      )}
      {campaign.resends.map((resend) => (
        <Resend key={resend.id} resend={resend} />
      ))}
    </div>
  )
}

/** Devices may be left because of the hour where they are, however fast the others are sent to. */
function mayWait({ kind, night, sendWindow }: Campaign): boolean {
  return (kind === 'advertising' && night === 'delay') || sendWindow?.outside === 'wait'
}

/** Why a campaign that is being sent is not faster, or does not move. */
function WaitsFor({ campaign: { waitsFor } }: { campaign: Campaign }) {
  const texts = useTextOf(campaignTexts)
  if (waitsFor === null) return null
  const { campaign: text, format } = texts
  const { kind, id, name, until } = waitsFor
  const said = {
    ...text.waitsFor,
    campaign: text.waitsFor.campaign(nameOfCampaign({ name: name ?? '' }, texts)),
    fcm: text.waitsFor.fcm(until && format.inZone(until)),
    time: text.waitsFor.time(until && format.inZone(until)),
  }
  return (
    <StatusLine
      icon={<IconHourglass size={18} aria-hidden />}
      actions={
        id !== null && (
          <TextLink
            to="/campaigns/$id"
            params={{ id }}
            size="sm"
            underline="always"
            className={classes.original}
          >
            {text.viewUrgent}
          </TextLink>
        )
      }
    >
      {said[kind]}
    </StatusLine>
  )
}

/** Of a campaign that has ended and did not simply reach everybody. */
function Verdict({ campaign }: { campaign: Campaign }) {
  const { campaign: text, format } = useTextOf(campaignTexts)
  const { verdict } = text
  const { audience, sent, failed, inDoubt, canceled } = campaign.progress
  const headline = headlineOf(campaign)
  if (headline === 'missed') {
    return (
      <StatusLine
        tone="bad"
        icon={<IconCircleX size={18} aria-hidden />}
        title={verdict.missed(format.duration(campaign.latestStartMinutes * 60))}
      >
        {text.missedAdvice}
      </StatusLine>
    )
  }
  if (headline === 'canceled') {
    const isUnsent = sent + failed + inDoubt === 0
    if (!isUnsent && canceled === 0) return null
    return <StatusLine>{isUnsent ? verdict.canceledUnsent : verdict.canceled(canceled, audience)}</StatusLine>
  }
  if (headline === 'all_failed') {
    return (
      <StatusLine
        tone="bad"
        icon={<IconCircleX size={18} aria-hidden />}
        title={verdict.all_failed(failed, audience)}
      >
        {campaign.resultsDeletedAt === null && text.verdictAdvice}
      </StatusLine>
    )
  }
  const words = {
    many_failed: verdict.many_failed(failed, audience),
    all_in_doubt: verdict.all_in_doubt(inDoubt),
    many_in_doubt: verdict.many_in_doubt(inDoubt, audience),
    all_skipped: verdict.all_skipped(audience),
    few_reached: verdict.few_reached(sent, audience),
    nobody: verdict.nobody,
  }
  if (!(headline in words)) return null
  return (
    <StatusLine
      tone="warning"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={words[headline as keyof typeof words]}
    >
      {headline === 'many_failed' && campaign.resultsDeletedAt === null && text.verdictAdvice}
    </StatusLine>
  )
}

function Paused({ campaign, onCorrect }: { campaign: Campaign; onCorrect: () => void }) {
  const { campaign: text, states } = useTextOf(campaignTexts)
  const { pauseReason, pauseDetail, progress } = campaign
  const { permissions } = useSession()
  const mayCorrect = permissions.includes('campaigns:write') && permissions.includes('campaigns:send')
  const isByHand = pauseReason === null || pauseReason === 'by_operator'
  const advice = isByHand ? null : states.pauseAdvice(pauseReason)
  const words = pauseDetail === null ? null : fcmWordsIn(pauseDetail)
  const tone = toneOf(campaign)
  return (
    <StatusLine
      tone={tone}
      isUrgent={tone === 'bad'}
      icon={<IconPlayerPause size={18} aria-hidden />}
      title={isByHand ? text.pausedTitle : text.pausedBecause(states.pauseReason[pauseReason])}
      actions={
        pauseReason === 'message_refused' &&
        mayCorrect && (
          <Button size="xs" onClick={onCorrect}>
            {text.correctMessage}
          </Button>
        )
      }
    >
      {advice} {text.pausedRemaining(progress.remaining)}
      {/* Another language has its own sentence for the rest of the detail; what FCM said is not translated. */}
      {!isByHand && advice !== null && words !== null && (
        <Said>
          {text.fcmSaid}{' '}
          <q lang="en" dir="ltr">
            {words}
          </q>
        </Said>
      )}
      {!isByHand && pauseDetail !== null && (
        <ServerText isFolded={advice !== null}>
          <Said>{pauseDetail}</Said>
        </ServerText>
      )}
    </StatusLine>
  )
}

/** May be as long as FCM likes: it is scrolled, with the keyboard too. */
function Said({ children }: { children: ReactNode }) {
  return (
    <Text component="div" inherit tabIndex={0} className={classes.said}>
      {children}
    </Text>
  )
}

/** How it went is known only to the resend itself: by its state alone, one that reached nobody would be "finished". */
function Resend({ resend: { id, only, state } }: { resend: Campaign['resends'][number] }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const { data } = useQuery({ ...campaignQuery(id), retry: false })
  return (
    <StatusLine actions={<StateBadge campaign={data ?? { state }} />}>
      <TextLink to="/campaigns/$id" params={{ id }} size="sm" underline="always">
        {text.resentAs[only]}
      </TextLink>
    </StatusLine>
  )
}

/** A resend says whose devices these are, and how many. */
function Original({ campaign: { resendOf, resendOnly, progress } }: { campaign: Campaign }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const original = useQuery({ ...campaignQuery(resendOf ?? ''), enabled: resendOf !== null, retry: false })
  if (resendOf === null || resendOnly === null) return null
  return (
    <StatusLine
      actions={
        <TextLink
          to="/campaigns/$id"
          params={{ id: resendOf }}
          size="sm"
          underline="always"
          className={classes.original}
        >
          {text.viewOriginal(original.data?.name ?? null)}
        </TextLink>
      }
    >
      {progress.isPlanned ? text.resendOf[resendOnly](progress.audience) : text.resendOfCounting[resendOnly]}
    </StatusLine>
  )
}
