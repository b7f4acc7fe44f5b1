/** The buttons of a campaign. Each opens a confirmation that says what it will do. */
import { Button, Group, Menu } from '@mantine/core'
import {
  IconChevronDown,
  IconCopy,
  IconEdit,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react'
import { useRef, useState } from 'react'
import type { CampaignState } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { ButtonLink } from '../../components/links.tsx'
import { useSession } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import { type Asked, ConfirmDialog } from './confirm-dialog.tsx'
import type { Correcting } from './correct-message.tsx'
import { type Action, possibleActions } from './possible-actions.ts'

const ICONS = {
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  correct: IconEdit,
  cancel: IconPlayerStop,
  remove: IconTrash,
  duplicate: IconCopy,
} as const

export function CampaignActions({
  campaign,
  onCorrect,
  onDone,
}: {
  campaign: Campaign
  onCorrect: (correcting: Correcting) => void
  onDone: (notice: { text: string; state: CampaignState } | null) => void
}) {
  const { campaignActions: text } = useText()
  const [asked, setAsked] = useState<Asked | null>(null)
  const resendButton = useRef<HTMLButtonElement>(null)
  const { canEdit, actions, resends } = possibleActions(campaign, useSession().permissions)
  const [first, ...others] = actions
  const ask = (next: Asked) => {
    onDone(null)
    setAsked(next)
  }
  const button = (action: Action, isFirst: boolean) => {
    const Icon = ICONS[action]
    return (
      <Button
        key={action}
        variant={isFirst && (action === 'resume' || action === 'correct') ? 'filled' : 'default'}
        leftSection={<Icon size={16} aria-hidden />}
        onClick={() => {
          if (action !== 'correct') return ask({ action })
          onDone(null)
          onCorrect('paused')
        }}
      >
        {text[action]}
      </Button>
    )
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
      {resends.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              ref={resendButton}
              leftSection={<IconRefresh size={16} aria-hidden />}
              rightSection={<IconChevronDown size={16} aria-hidden />}
            >
              {text.resend}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {resends.map(({ only, count }) => (
              <Menu.Item
                key={only}
                onClick={() => {
                  // The dialog returns the focus to the focused element, and this item is about to be removed.
                  resendButton.current?.focus()
                  ask({ action: 'resend', only, count })
                }}
              >
                {text.resendOnly[only](count)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {first !== undefined && button(first, true)}
      {others.map((action) => button(action, false))}
      <ConfirmDialog
        campaign={campaign}
        asked={asked}
        onClose={() => setAsked(null)}
        onDone={onDone}
        onCorrect={onCorrect}
      />
    </Group>
  )
}
