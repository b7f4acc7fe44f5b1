/** Creates a key and shows it once. Then only a button closes the dialog: a click outside would lose the key. */
import {
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  NativeSelect,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ROLES, type Role } from '../../../../src/domain/permissions.ts'
import { createApiKey } from '../../api/access.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './access.module.css'

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

interface FormProps {
  isPending: boolean
  onMake: (body: { name: string; role: Role; expiresAt: string | null }) => void
  onClose: () => void
}

function KeyForm({ isPending, onMake, onClose }: FormProps) {
  const { access: text, shell, who } = useTextOf(accessTexts)
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const [day, setDay] = useState('')
  // The last second of that day in the user's time zone.
  const expiresAt = day === '' ? null : new Date(`${day}T23:59:59`)
  const isPast = expiresAt !== null && !(expiresAt > new Date())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isPast) onMake({ name: name.trim(), role, expiresAt: expiresAt?.toISOString() ?? null })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={text.keyName}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          autoComplete="off"
          data-autofocus
        />
        <NativeSelect
          label={text.role}
          description={who.roleHint[role]}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
          data={ROLES.map((each) => ({ value: each, label: who.roles[each] }))}
        />
        <TextInput
          type="date"
          label={text.expires}
          description={text.expiresHint}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          error={isPast && text.expiresPast}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button type="submit" loading={isPending}>
            {text.createKey}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function MadeKey({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { access: text } = useTextOf(accessTexts)
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="outline" role="status" icon={<IconKey aria-hidden />}>
        {text.keyCreated}
      </Alert>
      <Code block className={classes.key}>
        {secret}
      </Code>
      <Group justify="space-between">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              onClick={copy}
            >
              <Text span aria-live="polite" size="sm" fw={600}>
                {copied ? text.copied : text.copy}
              </Text>
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{text.done}</Button>
      </Group>
    </Stack>
  )
}
