/** One campaign beside the list: its figures, its message as phones show it, and the main actions. Loaded when opened. */
import { ActionIcon, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import { pauseCampaign } from '../../api/campaign-actions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { keys } from '../../api/query-keys.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { ButtonLink } from '../../components/links.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { toastDone, useFailureToast } from '../../components/toast.tsx'
import { useMay } from '../../components/use-session.ts'
import { countOf, PARTS, partName } from '../../progress-figures.ts'
import { useText } from '../../text/language.tsx'
import { advertiserOf } from '../campaign/advertiser-of.ts'
import { NotificationPreviews } from '../new-campaign/previews/notification-previews.tsx'
import classes from './peek-panel.module.css'
import { hasFigures, timeOf } from './row-figures.ts'

export function PeekPanel({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const text = useText()
  const { campaigns: said, format, shell } = text
  const { message, createdByName, tags } = campaign
  const name = nameOfCampaign(campaign, text)
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) onClose()
  })
  useEffect(() => {
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])

  return (
    <aside className={classes.panel} aria-label={said.peek(name)}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Title order={2} size="h3" className={classes.title} dir="auto">
          {name}
        </Title>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shell.close} onClick={onClose}>
          <IconX size={18} aria-hidden />
        </ActionIcon>
      </Group>
      <Stack gap="md">
        <Group gap="sm">
          <StateBadge campaign={campaign} />
          <Text size="sm" c="dimmed" component="time" dateTime={timeOf(campaign)}>
            {format.inZone(timeOf(campaign))}
          </Text>
          {createdByName !== null && (
            <Text size="sm" c="dimmed">
              {said.createdBy(`\u2068${createdByName}\u2069`)}
            </Text>
          )}
        </Group>
        {tags.length > 0 && (
          <Text size="sm">
            {said.tags}: {tags.join(', ')}
          </Text>
        )}
        <PeekActions campaign={campaign} />
        {hasFigures(campaign) && <Figures campaign={campaign} />}
        {message !== null && (
          <NotificationPreviews
            message={message}
            isSilent={isSilent(campaign)}
            advertiser={advertiserOf(campaign)}
          />
        )}
      </Stack>
    </aside>
  )
}

function Figures({ campaign: { progress } }: { campaign: Campaign }) {
  const text = useText()
  const { format } = text
  return (
    <div>
      <ProgressBar progress={progress} />
      <dl className={`${classes.figures} figure`}>
        <div>
          <dt>{text.campaigns.columns.audience}</dt>
          <dd>{format.number(progress.audience)}</dd>
        </div>
        {PARTS.filter((part) => countOf(progress, part) > 0).map((part) => (
          <div key={part}>
            <dt>{partName(part, text)}</dt>
            <dd>
              {format.number(countOf(progress, part))}
              <Text span size="xs" c="dimmed">
                {' '}
                {format.percent(countOf(progress, part), progress.audience)}
              </Text>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function PeekActions({ campaign }: { campaign: Campaign }) {
  const { campaigns: text, shell } = useText()
  const { id, state } = campaign
  const client = useQueryClient()
  const mayWrite = useMay('campaigns:write')
  const maySend = useMay('campaigns:send')
  const onError = useFailureToast()
  const pause = useMutation({
    mutationFn: () => pauseCampaign(id, crypto.randomUUID()),
    onSuccess: () => toastDone(text.paused, shell.close),
    onError,
    onSettled: () => client.invalidateQueries({ queryKey: keys.campaigns }),
  })
  return (
    <Group gap="xs">
      <ButtonLink to="/campaigns/$id" params={{ id }} variant="default">
        {text.open}
      </ButtonLink>
      {mayWrite && (state === 'draft' || (maySend && state === 'scheduled')) && (
        <ButtonLink to="/campaigns/new" search={{ draft: id }} variant="default">
          {text.edit}
        </ButtonLink>
      )}
      {maySend && state === 'sending' && (
        <Button variant="default" loading={pause.isPending} onClick={() => pause.mutate()}>
          {text.pause}
        </Button>
      )}
    </Group>
  )
}

/** Data and nothing to show. */
function isSilent({ message }: Campaign): boolean {
  return (
    message !== null &&
    message.title === undefined &&
    message.body === undefined &&
    message.data !== undefined
  )
}
