/** Asks for the password, or for the API key that has signed in. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { PASSWORD_LENGTH } from '../../../src/domain/password-length.ts'
import { ApiProblem } from '../api/problem.ts'
import { confirmSession } from '../api/session.ts'
import { accountTexts } from '../text/account-texts.ts'
import { useTextOf } from '../text/language.tsx'
import { ProblemAlert } from './problem-alert.tsx'
import { useSession } from './use-session.ts'

export function ConfirmSession({ onDone }: { onDone: (isGiven: boolean) => void }) {
  const { account: text, shell } = useTextOf(accountTexts)
  const { kind, name } = useSession()
  const isKey = kind === 'api_key'
  const [given, setGiven] = useState('')
  const confirm = useMutation({ mutationFn: confirmSession, onSuccess: () => onDone(true) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // The form of the dialog behind it is not meant.
    event.stopPropagation()
    confirm.mutate(isKey ? { apiKey: given.trim() } : { password: given })
  }
  const problem = confirm.error instanceof ApiProblem ? confirm.error : null
  const wait = problem?.code === 'too_many_sign_ins' ? problem.retryAfterSeconds : null
  const isWrong = problem?.code === 'wrong_credentials' || problem?.code === 'invalid_api_key'
  const said = isWrong
    ? isKey
      ? text.wrongKey
      : text.wrongPassword
    : wait === null
      ? null
      : text.tooMany(wait)
  return (
    <Modal
      opened
      onClose={() => onDone(false)}
      title={text.confirmTitle}
      closeButtonProps={{ 'aria-label': shell.close }}
      // Above the dialog of the deed.
      zIndex={300}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {confirm.isError && said === null && <ProblemAlert error={confirm.error} />}
          <Text size="sm">{isKey ? text.confirmKeyIntro : text.confirmIntro}</Text>
          {/* For password managers, which otherwise do not know whose password it is. */}
          <input type="text" autoComplete="username" value={name} readOnly hidden />
          <PasswordInput
            label={isKey ? text.apiKey : text.password}
            value={given}
            onChange={(event) => {
              setGiven(event.currentTarget.value)
              if (confirm.isError) confirm.reset()
            }}
            error={said}
            maxLength={isKey ? 200 : PASSWORD_LENGTH.max}
            required
            withAsterisk={false}
            autoComplete={isKey ? 'off' : 'current-password'}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onDone(false)}>
              {shell.cancel}
            </Button>
            <Button type="submit" loading={confirm.isPending}>
              {text.confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
