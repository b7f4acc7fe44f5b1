/** The buttons of a campaign. What can be taken back is done at once; the rest is confirmed first. */
import { ActionIcon, Button, Group, Menu } from '@mantine/core'
import {
  IconArchive,
  IconArchiveOff,
  IconCalendarOff,
  IconCopy,
  IconDots,
  IconEdit,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconRepeat,
  IconTag,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { ButtonLink } from '../../components/links.tsx'
import { useFailureToast } from '../../components/toast.tsx'
import { useSession } from '../../components/use-session.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { type Asked, ConfirmDialog } from './confirm-dialog.tsx'
import { type Action, possibleActions } from './possible-actions.ts'
import { TagsDialog } from './tags-dialog.tsx'
import { useCampaignAction } from './use-campaign-action.ts'

const ICONS = {
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  correct: IconEdit,
  unschedule: IconCalendarOff,
  cancel: IconPlayerStop,
  duplicate: IconCopy,
  tags: IconTag,
  archive: IconArchive,
  unarchive: IconArchiveOff,
  remove: IconTrash,
  repeat: IconRepeat,
} as const satisfies Record<Action, unknown>

export function CampaignActions({ campaign, onCorrect }: { campaign: Campaign; onCorrect: () => void }) {
  const { campaignActions: text } = useTextOf(campaignTexts)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [isTagging, setTagging] = useState(false)
  const moreButton = useRef<HTMLButtonElement>(null)
  const onError = useFailureToast()
  const navigate = useNavigate()
  const { mutate, isPending } = useCampaignAction()
  const { canEdit, canResend, actions, more } = possibleActions(campaign, useSession().permissions)
  const press = (action: Action) => {
    if (action === 'correct') return onCorrect()
    if (action === 'tags') return setTagging(true)
    if (action === 'repeat') return void navigate({ to: '/schedules/new', search: { from: campaign.id } })
    if (action === 'resume' || action === 'cancel' || action === 'unschedule' || action === 'duplicate') {
      return setAsked(action)
    }
    mutate({ action, seen: campaign, key: crypto.randomUUID() }, { onError })
  }

  return (
    <Group gap="xs">
      {canEdit && (
        <ButtonLink
          to="/campaigns/new"
          search={{ draft: campaign.id }}
          leftSection={<IconPencil size={16} aria-hidden />}
        >
          {campaign.state === 'draft' ? text.editAndSend : text.edit}
        </ButtonLink>
      )}
      {canResend && (
        <ButtonLink
          to="/campaigns/$id/resend"
          params={{ id: campaign.id }}
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
        >
          {text.resend}
        </ButtonLink>
      )}
      {actions.map((action, index) => {
        const Icon = ICONS[action]
        // A refused message has the same button in the line that says so: one of the two is prominent.
        const isNext =
          index === 0 &&
          (action === 'resume' || (action === 'correct' && campaign.pauseReason !== 'message_refused'))
        return (
          <Button
            key={action}
            variant={isNext ? 'filled' : action === 'cancel' ? 'outline' : 'default'}
            {...(action === 'cancel' && { color: 'red' })}
            loading={isPending && action === 'pause'}
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => press(action)}
          >
            {text[action]}
          </Button>
        )
      })}
      {more.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon ref={moreButton} variant="default" size="input-sm" aria-label={text.more}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {more.map((action) => {
              const Icon = ICONS[action]
              return (
                <Menu.Item
                  key={action}
                  leftSection={<Icon size={16} aria-hidden />}
                  {...(action === 'remove' && { color: 'red' })}
                  onClick={() => {
                    // A dialog returns the focus to the focused element, and this item is about to be removed.
                    moreButton.current?.focus()
                    press(action)
                  }}
                >
                  {text[action]}
                </Menu.Item>
              )
            })}
          </Menu.Dropdown>
        </Menu>
      )}
      <ConfirmDialog campaign={campaign} asked={asked} onClose={() => setAsked(null)} />
      {isTagging && <TagsDialog campaign={campaign} onClose={() => setTagging(false)} />}
    </Group>
  )
}
