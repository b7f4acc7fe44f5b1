/** Opens the dialog that corrects the message of the paused campaign, and says what came of it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { type Campaign, failuresQuery, isMoving } from '../../api/campaigns.ts'
import { correctMessage } from '../../api/messages.ts'
import { keys } from '../../api/query-keys.ts'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { CorrectDialog } from './correct-dialog.tsx'

export function CorrectMessage({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  useFocusReturn()
  const { campaignActions: said, shell } = useTextOf(campaignTexts)
  const client = useQueryClient()
  const failures = useQuery(failuresQuery(campaign.id, isMoving(campaign)))
  const refusal = failures.data?.data.find(({ code }) => code === 'invalid_payload')

  const save = async (message: CampaignMessage, etag: string | null) => {
    const corrected = await correctMessage(campaign.id, message, etag)
    client.setQueryData(keys.campaign(campaign.id), corrected)
    toastDone(said.corrected(corrected.messageVersion), shell.close)
    void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
  }
  return <CorrectDialog campaign={campaign} said={refusal?.fcmSaid ?? null} onClose={onClose} save={save} />
}
