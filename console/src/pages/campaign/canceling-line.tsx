/** A cancel that is not final yet: how long it can be undone, and the button that does. */
import { Button } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { keys } from '../../api/query-keys.ts'
import { useFailureToast } from '../../components/toast.tsx'
import { useSession } from '../../components/use-session.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { secondsToUndo } from './seconds-to-undo.ts'
import { StatusLine } from './status-line.tsx'
import classes from './status-lines.module.css'
import { useCampaignAction } from './use-campaign-action.ts'

/** Until the server has written down that it is over; then it is asked every second. */
const ASK_EVERY_MS = 1_000

export function CancelingLine({ campaign, seenAt }: { campaign: Campaign; seenAt: number }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const client = useQueryClient()
  const maySend = useSession().permissions.includes('campaigns:send')
  const onError = useFailureToast()
  const { mutate, isPending } = useCampaignAction()
  const [now, setNow] = useState(() => Date.now())
  const left = secondsToUndo(campaign, seenAt, now)

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  const isOver = left === 0
  useEffect(() => {
    if (!isOver) return
    const ask = () => void client.invalidateQueries({ queryKey: keys.campaign(campaign.id), exact: true })
    ask()
    const timer = setInterval(ask, ASK_EVERY_MS)
    return () => clearInterval(timer)
  }, [isOver, client, campaign.id])

  return (
    <StatusLine
      tone="warning"
      icon={<IconPlayerStop size={18} aria-hidden />}
      title={campaign.state === 'scheduled' ? text.cancelingScheduled : text.canceling}
      actions={
        maySend &&
        !isOver && (
          <>
            {/* Not read out every second. */}
            <span aria-hidden className={classes.countdown}>
              {text.finalIn(left)}
            </span>
            <Button
              size="xs"
              loading={isPending}
              onClick={() =>
                mutate({ action: 'keep', seen: campaign, key: crypto.randomUUID() }, { onError })
              }
            >
              {text.undo}
            </Button>
          </>
        )
      }
    />
  )
}
