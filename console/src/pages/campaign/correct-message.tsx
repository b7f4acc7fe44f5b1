/** Opens the dialog that corrects a message, and says what came of it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { CampaignState, Resent } from '../../../../src/domain/campaign.ts'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { type Campaign, failuresQuery, isMoving, resendCampaign } from '../../api/campaigns.ts'
import { correctMessage } from '../../api/messages.ts'
import { keys } from '../../api/query-keys.ts'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useText } from '../../text/language.tsx'
import { CorrectDialog } from './correct-dialog.tsx'

/** The message of the paused campaign, or of a resend. */
export type Correcting = 'paused' | { only: Resent; count: number }

interface Props {
  campaign: Campaign
  correcting: Correcting
  onClose: () => void
  onDone: (notice: { text: string; state: CampaignState }) => void
}

export function CorrectMessage({ campaign, correcting, onClose, onDone }: Props) {
  useFocusReturn()
  const { campaignActions: said, shell } = useText()
  const client = useQueryClient()
  const navigate = useNavigate()
  const failures = useQuery(failuresQuery(campaign.id, isMoving(campaign)))
  const refusal = failures.data?.data.find(({ code }) => code === 'invalid_payload')
  // One key for one dialog: a retry after a lost response does nothing twice.
  const [key] = useState(() => crypto.randomUUID())
  const { id } = campaign

  const save = async (message: CampaignMessage, etag: string | null) => {
    if (correcting === 'paused') {
      const corrected = await correctMessage(id, message, etag)
      client.setQueryData(keys.campaign(id), corrected)
      onDone({ text: said.corrected(corrected.messageVersion), state: corrected.state })
    } else {
      const resend = await resendCampaign(id, correcting.only, key, message)
      client.setQueryData(keys.campaign(resend.id), resend)
      toastDone(said.resent, shell.close)
      void navigate({ to: '/campaigns/$id', params: { id: resend.id } })
    }
    void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
  }
  return (
    <CorrectDialog
      campaign={campaign}
      said={refusal?.fcmSaid ?? null}
      title={correcting === 'paused' ? said.correctTitle : said.correctResendTitle(correcting.count)}
      confirm={correcting === 'paused' ? said.correctConfirm : said.resendConfirm(correcting.count)}
      hint={correcting === 'paused' ? said.correctHint : said.correctResendHint}
      onClose={onClose}
      save={save}
    />
  )
}
