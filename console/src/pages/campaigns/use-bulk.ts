/** The actions of the bulk bar: one campaign after the other, then a toast that says what came of it. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import {
  archiveCampaign,
  deleteCampaign,
  duplicateCampaign,
  restoreCampaign,
  tagCampaign,
  UNDO_SECONDS,
} from '../../api/campaign-actions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { keys } from '../../api/query-keys.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { toastDone } from '../../components/toast.tsx'
import { toastUndo } from '../../components/undo-toast.tsx'
import { useText } from '../../text/language.tsx'
import { type BulkResult, forEach } from './bulk.ts'

type Act = (campaign: Campaign) => Promise<unknown>

export function useBulk(onDone: () => void) {
  const text = useText()
  const { bulk } = text.campaigns
  const client = useQueryClient()
  const [progress, setProgress] = useState<number | null>(null)
  const [of, setOf] = useState(0)

  const run = async (campaigns: readonly Campaign[], act: Act): Promise<BulkResult> => {
    setOf(campaigns.length)
    setProgress(0)
    const result = await forEach(campaigns, act, setProgress)
    setProgress(null)
    await client.invalidateQueries({ queryKey: keys.campaigns })
    return result
  }
  const say = (
    sentence: (done: number, of: number) => string,
    result: BulkResult,
    asked: number,
    onUndo?: () => void,
  ) => {
    const parts = [
      sentence(result.done.length, asked),
      result.changed > 0 ? bulk.changed(result.changed) : '',
      result.unfit > 0 ? bulk.unfit(result.unfit) : '',
      result.failed > 0 ? bulk.failed(result.failed) : '',
    ].filter((part) => part !== '')
    const message = parts.join(' ')
    const { close, undo } = text.shell
    if (onUndo === undefined || result.done.length === 0) toastDone(message, close)
    else toastUndo({ message, undo, close, seconds: UNDO_SECONDS, onUndo })
  }
  const doing =
    (sentence: (done: number, of: number) => string, act: Act, undo?: (done: Campaign[]) => void) =>
    async (campaigns: readonly Campaign[]) => {
      const result = await run(campaigns, act)
      say(sentence, result, campaigns.length, undo && (() => undo(result.done)))
      onDone()
    }

  const archive: (campaigns: readonly Campaign[]) => Promise<void> = doing(
    bulk.archived,
    (campaign) => archiveCampaign('archive', campaign, crypto.randomUUID()),
    (done) => void unarchive(done),
  )
  const unarchive: (campaigns: readonly Campaign[]) => Promise<void> = doing(bulk.unarchived, (campaign) =>
    archiveCampaign('unarchive', campaign, crypto.randomUUID()),
  )
  return {
    isBusy: progress !== null,
    progress,
    of,
    archive,
    unarchive,
    tag: (campaigns: readonly Campaign[], tag: string) =>
      doing(bulk.tagged, async (campaign) => {
        // One that is full is refused by the server, and counted as that.
        if (!campaign.tags.includes(tag)) await tagCampaign(campaign, [...campaign.tags, tag])
      })(campaigns),
    duplicate: doing(bulk.duplicated, (campaign) => {
      const name = text.campaigns.copyOf(nameOfCampaign(campaign, text))
      return duplicateCampaign(campaign, name, crypto.randomUUID())
    }),
    remove: doing(bulk.deleted, deleteCampaign, (done) => {
      const restore = (campaign: Campaign) => restoreCampaign(campaign.id, crypto.randomUUID())
      void doing(bulk.restored, restore)(done)
    }),
  }
}
