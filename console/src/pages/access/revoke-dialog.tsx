import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ApiKey, revokeApiKey } from '../../api/access.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'

export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  useFocusReturn()
  const { access: text, shell } = useTextOf(accessTexts)
  const client = useQueryClient()
  const { id, name } = apiKey
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(id),
    onSuccess: async () => {
      toastDone(text.keyRevoked(name), shell.close)
      onClose()
      await client.invalidateQueries({ queryKey: keys.apiKeys })
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.revokeTitle(name)}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <Stack gap="md">
        {revoke.isError && <ProblemAlert error={revoke.error} />}
        <Text size="sm">{text.revokeBody}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {shell.cancel}
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
            {text.revoke}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
