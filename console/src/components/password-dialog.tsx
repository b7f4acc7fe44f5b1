/** Changes the own password. Loaded when it is opened. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { PASSWORD_LENGTH } from '../../../src/domain/password-length.ts'
import { ApiProblem } from '../api/problem.ts'
import { changePassword } from '../api/session.ts'
import { useTextOf } from '../text/language.tsx'
import { passwordTexts } from '../text/password-texts.ts'
import { ProblemAlert } from './problem-alert.tsx'
import { toastDone } from './toast.tsx'
import { useFocusReturn } from './use-focus-return.ts'
import { useSession } from './use-session.ts'

const { min, max } = PASSWORD_LENGTH

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  useFocusReturn()
  const { own: text, shell } = useTextOf(passwordTexts)
  const { name } = useSession()
  const [password, setPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const [isPressed, setPressed] = useState(false)
  const isShort = [...newPassword.normalize('NFC')].length < min
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      toastDone(text.done, shell.close)
      onClose()
    },
  })
  const problem = change.error instanceof ApiProblem ? change.error : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setPressed(true)
    if (!isShort) change.mutate({ password, newPassword })
  }
  const wait = problem?.code === 'too_many_sign_ins' ? problem.retryAfterSeconds : null
  const ofCurrent =
    problem?.code === 'wrong_credentials' ? text.wrong : wait === null ? null : text.tooMany(wait)
  return (
    <Modal opened onClose={onClose} title={text.title} closeButtonProps={{ 'aria-label': shell.close }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {change.isError && ofCurrent === null && <ProblemAlert error={change.error} />}
          {/* For password managers, which otherwise do not know whose password it is. */}
          <input type="text" autoComplete="username" value={name} readOnly hidden />
          <PasswordInput
            label={text.current}
            value={password}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              if (change.isError) change.reset()
            }}
            error={ofCurrent}
            maxLength={max}
            required
            autoComplete="current-password"
            data-autofocus
          />
          <PasswordInput
            label={text.next}
            description={text.nextHint(min)}
            value={newPassword}
            onChange={(event) => setNewPassword(event.currentTarget.value)}
            error={isPressed && isShort && text.tooShort(min)}
            maxLength={max}
            required
            autoComplete="new-password"
          />
          <Text size="sm" c="dimmed">
            {text.others}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
