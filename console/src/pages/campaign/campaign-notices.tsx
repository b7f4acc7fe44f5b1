/** What to know first: why it is paused, what it is waiting for, what it was resent from. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconInfoCircle, IconPlayerPause, IconPlugConnectedX } from '@tabler/icons-react'
import type { Campaign } from '../../api/campaigns.ts'
import { TextLink } from '../../components/links.tsx'
import { ServerText } from '../../components/server-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useSession } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import classes from './campaign-settings.module.css'

export function CampaignNotices({ campaign, onCorrect }: { campaign: Campaign; onCorrect: () => void }) {
  const { campaign: text, states, format } = useText()
  const { state, closedAt, countedResults, scheduledAt, haltedPlatforms, pauseReason } = campaign
  const isEnded = state === 'finished' || state === 'canceled'
  return (
    <>
      {state === 'paused' && <Paused campaign={campaign} onCorrect={onCorrect} />}
      {haltedPlatforms.length > 0 && closedAt === null && pauseReason !== 'platform_refused' && (
        <Alert
          color="yellow"
          variant="outline"
          icon={<IconPlugConnectedX aria-hidden />}
          title={text.haltedTitle(haltedPlatforms.map((platform) => states.platform[platform]).join(', '))}
        >
          {text.halted}
        </Alert>
      )}
      {state === 'draft' && <Info title={text.draftTitle}>{text.draft}</Info>}
      {state === 'scheduled' && scheduledAt !== null && (
        <Info title={text.scheduledTitle(format.inZone(scheduledAt))}>{text.scheduled}</Info>
      )}
      {closedAt === null && (countedResults !== null || (isEnded && campaign.startedAt !== null)) && (
        <Info>{text.closing(countedResults)}</Info>
      )}
      <Chain campaign={campaign} />
    </>
  )
}

function Paused({ campaign, onCorrect }: { campaign: Campaign; onCorrect: () => void }) {
  const { campaign: text, states } = useText()
  const { pauseReason, pauseDetail, progress } = campaign
  const mayWrite = useSession().permissions.includes('campaigns:write')
  const isByHand = pauseReason === null || pauseReason === 'by_operator'
  const isCorrected = pauseReason === 'message_corrected'
  const advice = isByHand ? null : states.pauseAdvice(pauseReason)
  return (
    <Alert
      color={isByHand || isCorrected ? 'slate' : 'red'}
      variant="outline"
      role={isByHand || isCorrected ? 'status' : 'alert'}
      icon={<IconPlayerPause aria-hidden />}
      title={isByHand ? text.pausedTitle : `${text.pausedTitle}: ${states.pauseReason[pauseReason]}`}
    >
      <Stack gap={4}>
        {advice !== null && <Text size="sm">{advice}</Text>}
        {!isByHand && pauseDetail !== null && (
          <ServerText isFolded={advice !== null}>
            <Text size="sm" className={classes.words}>
              {pauseDetail}
            </Text>
          </ServerText>
        )}
        <Text size="sm">{text.pausedRemaining(progress.remaining)}</Text>
        {pauseReason === 'message_refused' && mayWrite && (
          <Button size="xs" mt={4} style={{ alignSelf: 'start' }} onClick={onCorrect}>
            {text.correctMessage}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

function Info({ title, children }: { title?: string; children: string }) {
  return (
    <Alert color="slate" variant="outline" icon={<IconInfoCircle aria-hidden />} title={title} role="status">
      {children}
    </Alert>
  )
}

/** The original campaign and its resends. */
function Chain({ campaign: { resendOf, resendOnly, resends } }: { campaign: Campaign }) {
  const { campaign: text } = useText()
  if (resendOf === null && resends.length === 0) return null
  return (
    <Alert color="slate" variant="outline" icon={<IconInfoCircle aria-hidden />} title={text.resends}>
      <Stack gap={6}>
        {resendOf !== null && resendOnly !== null && (
          <Text size="sm">
            {text.resendOf[resendOnly]}{' '}
            <TextLink to="/campaigns/$id" params={{ id: resendOf }} size="sm" underline="always">
              {text.viewOriginal}
            </TextLink>
          </Text>
        )}
        {resends.map(({ id, only, state }) => (
          <Group key={id} gap="xs">
            <TextLink to="/campaigns/$id" params={{ id }} size="sm" underline="always">
              {text.resentAs[only]}
            </TextLink>
            <StateBadge state={state} />
          </Group>
        ))}
      </Stack>
    </Alert>
  )
}
