/** What can be done with the selected campaigns, in place of the filters while there are any. */
import { Button, Group, Text } from '@mantine/core'
import { IconArchive, IconArchiveOff, IconCopy, IconTag, IconTrash, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import classes from './bulk-bar.module.css'
import { TagDialog } from './tag-dialog.tsx'
import { useBulk } from './use-bulk.ts'

export function BulkBar({ selected, onClear }: { selected: Campaign[]; onClear: () => void }) {
  const { campaigns } = useText()
  const text = campaigns.bulk
  const [isTagging, setTagging] = useState(false)
  const mayWrite = useMay('campaigns:write')
  const bulk = useBulk(onClear)
  const some = (fits: (campaign: Campaign) => boolean) => mayWrite && selected.some(fits)

  return (
    <Group gap="xs" className={classes.bar} role="group" aria-label={text.selected(selected.length)}>
      <Text size="sm" fw={600} role="status" mr="xs">
        {bulk.progress === null ? text.selected(selected.length) : text.working(bulk.progress, bulk.of)}
      </Text>
      {some(canArchive) && (
        <Button
          size="xs"
          variant="default"
          loading={bulk.isBusy}
          leftSection={<IconArchive size={14} aria-hidden />}
          onClick={() => void bulk.archive(selected.filter(canArchive))}
        >
          {text.archive}
        </Button>
      )}
      {some(({ archivedAt }) => archivedAt !== null) && (
        <Button
          size="xs"
          variant="default"
          loading={bulk.isBusy}
          leftSection={<IconArchiveOff size={14} aria-hidden />}
          onClick={() => void bulk.unarchive(selected.filter(({ archivedAt }) => archivedAt !== null))}
        >
          {text.unarchive}
        </Button>
      )}
      {mayWrite && (
        <>
          <Button
            size="xs"
            variant="default"
            loading={bulk.isBusy}
            leftSection={<IconTag size={14} aria-hidden />}
            onClick={() => setTagging(true)}
          >
            {text.tag}
          </Button>
          <Button
            size="xs"
            variant="default"
            loading={bulk.isBusy}
            leftSection={<IconCopy size={14} aria-hidden />}
            onClick={() => void bulk.duplicate(selected)}
          >
            {text.duplicate}
          </Button>
        </>
      )}
      {some(isDraft) && (
        <Button
          size="xs"
          variant="default"
          c="red"
          loading={bulk.isBusy}
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => void bulk.remove(selected.filter(isDraft))}
        >
          {text.delete}
        </Button>
      )}
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        disabled={bulk.isBusy}
        leftSection={<IconX size={14} aria-hidden />}
        onClick={onClear}
      >
        {text.clear}
      </Button>
      {isTagging && (
        <TagDialog
          onClose={() => setTagging(false)}
          onTag={(tag) => {
            setTagging(false)
            void bulk.tag(selected, tag)
          }}
        />
      )}
    </Group>
  )
}

function isDraft({ state }: Campaign): boolean {
  return state === 'draft'
}

/** One that is still on its way must stay in sight. */
function canArchive({ state, closedAt, archivedAt }: Campaign): boolean {
  return archivedAt === null && (state === 'draft' || closedAt !== null)
}
