/** Erases a member for good. The external ID has to be typed: there is no way back. */
import { Button, Code, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { eraseMember } from '../../api/members.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './member.module.css'

export function EraseDialog({ externalId, onClose }: { externalId: string; onClose: () => void }) {
  useFocusReturn()
  const { memberChange: text, shell } = useTextOf(membersTexts)
  const client = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const erase = useMutation({
    mutationFn: () => eraseMember(externalId),
    onSuccess: async ({ devices, campaigns }) => {
      toastDone(text.erased(devices, campaigns), shell.close)
      await navigate({ to: '/members' })
      client.removeQueries({ queryKey: keys.member(externalId) })
      void client.invalidateQueries({ queryKey: ['members', 'list'] })
      void client.invalidateQueries({ queryKey: keys.campaigns })
    },
  })
  // Keyboards compose letters in one way, and an ID may be stored in another.
  const isSame = typed.trim().normalize() === externalId.trim().normalize()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isSame) erase.mutate()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.eraseTitle}
      closeOnClickOutside={!erase.isPending}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" fw={600}>
            {text.eraseBody}
          </Text>
          <List size="sm" spacing={4}>
            <List.Item>{text.eraseGone}</List.Item>
            <List.Item>{text.eraseStays}</List.Item>
            <List.Item>{text.eraseAgain}</List.Item>
          </List>
          <Code block className={classes.confirmId} dir="auto">
            {externalId}
          </Code>
          <TextInput
            label={text.eraseConfirm}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {erase.isError && <ProblemAlert error={erase.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button type="submit" color="red" disabled={!isSame} loading={erase.isPending}>
              {text.erase}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
