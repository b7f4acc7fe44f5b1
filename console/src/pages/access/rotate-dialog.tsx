/** Gives a key a new secret and shows it once. Then only a button closes the dialog. */
import { Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, rotateApiKey } from '../../api/access.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { MadeKey } from './made-key.tsx'

const OVERLAPS = [0, 1, 24, 7 * 24, 30 * 24]

export function RotateDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  useFocusReturn()
  const { access: text, shell } = useTextOf(accessTexts)
  const client = useQueryClient()
  const [overlapHours, setOverlapHours] = useState(24)
  const rotate = useMutation({
    mutationFn: rotateApiKey,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  })
  const made = rotate.data?.key ?? null
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === null ? text.rotateTitle(apiKey.name) : text.keyCreatedTitle}
      closeOnClickOutside={made === null}
      closeOnEscape={made === null}
      withCloseButton={made === null}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {made === null ? (
        <Stack gap="md">
          {rotate.isError && <ProblemAlert error={rotate.error} />}
          <Text size="sm">{text.rotateBody}</Text>
          <NativeSelect
            label={text.overlap}
            value={String(overlapHours)}
            onChange={(event) => setOverlapHours(Number(event.currentTarget.value))}
            data={OVERLAPS.map((hours) => ({ value: String(hours), label: text.overlapHours(hours) }))}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button loading={rotate.isPending} onClick={() => rotate.mutate({ id: apiKey.id, overlapHours })}>
              {text.rotate}
            </Button>
          </Group>
        </Stack>
      ) : (
        <MadeKey secret={made} onClose={onClose} />
      )}
    </Modal>
  )
}
