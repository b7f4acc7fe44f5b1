/** Creates a key and shows it once. Then only a button closes the dialog: a click outside would lose the key. */
import { Modal, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { createApiKey } from '../../api/access.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { KeyForm } from './key-form.tsx'
import { MadeKey } from './made-key.tsx'

export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  useFocusReturn()
  const { access: text, shell } = useTextOf(accessTexts)
  const client = useQueryClient()
  const make = useMutation({
    mutationFn: createApiKey,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  })
  const made = make.data?.key ?? null
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === null ? text.createKeyTitle : text.keyCreatedTitle}
      closeOnClickOutside={made === null}
      closeOnEscape={made === null}
      withCloseButton={made === null}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {made === null ? (
        <Stack gap="md">
          {make.isError && <ProblemAlert error={make.error} />}
          <KeyForm isPending={make.isPending} onMake={(body) => make.mutate(body)} onClose={onClose} />
        </Stack>
      ) : (
        <MadeKey secret={made} onClose={onClose} />
      )}
    </Modal>
  )
}
