/** The tags of a campaign, by which the list is filtered. */
import { Button, Group, Modal, Stack, TagsInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { tagCampaign } from '../../api/campaign-actions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'

export function TagsDialog({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { campaignActions: text, shell } = useTextOf(campaignTexts)
  const client = useQueryClient()
  const [seen, setSeen] = useState(campaign)
  const [before, setBefore] = useState(campaign)
  const [tags, setTags] = useState(campaign.tags)
  const saving = useMutation({
    mutationFn: () => tagCampaign(seen, tags),
    onSuccess: (changed) => {
      client.setQueryData(keys.campaign(changed.id), changed)
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
      onClose()
    },
    onError: (error) => {
      if (!(error instanceof ApiProblem) || error.current === null) return
      setBefore(seen)
      setSeen(error.current)
    },
  })
  const current = saving.error instanceof ApiProblem ? saving.error.current : null
  return (
    <Modal opened onClose={onClose} title={text.tagsTitle} closeButtonProps={{ 'aria-label': shell.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          saving.mutate()
        }}
      >
        <Stack gap="md">
          <TagsInput
            label={text.tagsLabel}
            description={text.tagsHint}
            value={tags}
            onChange={setTags}
            maxTags={20}
            acceptValueOnBlur
            data-autofocus
          />
          {current !== null && <ChangedMeanwhile seen={before} current={current} />}
          {saving.error !== null && current === null && <ProblemAlert error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {text.dismiss}
            </Button>
            <Button type="submit" loading={saving.isPending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
