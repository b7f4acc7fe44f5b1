/** Asks for the tag that the selected campaigns get; known ones are offered. */
import { Autocomplete, Button, Group, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { MAX_TAG_LENGTH } from '../../../../src/domain/campaign-list.ts'
import { campaignChoicesQuery } from '../../api/campaign-list.ts'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useText } from '../../text/language.tsx'

export function TagDialog({ onClose, onTag }: { onClose: () => void; onTag: (tag: string) => void }) {
  const { campaigns, shell } = useText()
  const text = campaigns.bulk
  const [tag, setTag] = useState('')
  const known = useQuery(campaignChoicesQuery).data?.tags ?? []
  useFocusReturn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (tag.trim() !== '') onTag(tag.trim())
  }
  return (
    <Modal opened onClose={onClose} title={text.tag} closeButtonProps={{ 'aria-label': shell.close }}>
      <form onSubmit={submit}>
        <Autocomplete
          data-autofocus
          label={text.tagName}
          description={text.tagHint}
          data={known}
          value={tag}
          onChange={setTag}
          maxLength={MAX_TAG_LENGTH}
        />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button type="submit" disabled={tag.trim() === ''}>
            {text.tag}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
