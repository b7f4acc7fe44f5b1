/** The secret for the app, and the code that shows that it works. */
import { Anchor, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { accountTexts } from '../text/account-texts.ts'
import { useTextOf } from '../text/language.tsx'
import { ProblemAlert } from './problem-alert.tsx'

interface Props {
  begun: { secret: string; url: string }
  finish: UseMutationResult<{ recoveryCodes: string[] }, Error, string>
  onClose: () => void
}

export function SecondFactorSetup({ begun, finish, onClose }: Props) {
  const { account: text, shell } = useTextOf(accountTexts)
  const [code, setCode] = useState('')
  const problem = finish.error instanceof ApiProblem ? finish.error : null
  const wait = problem?.code === 'too_many_sign_ins' ? problem.retryAfterSeconds : null
  const said =
    problem?.code === 'wrong_credentials' ? text.wrongCode : wait === null ? null : text.tooMany(wait)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    finish.mutate(code.replaceAll(/\s/g, ''))
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {finish.isError && said === null && <ProblemAlert error={finish.error} />}
        <Text size="sm">{text.scan}</Text>
        <Anchor href={begun.url} size="sm">
          {text.openApp}
        </Anchor>
        <div>
          <Text size="sm" fw={550}>
            {text.key}
          </Text>
          <Code block>{(begun.secret.match(/.{4}/g) ?? []).join(' ')}</Code>
        </div>
        <TextInput
          label={text.code}
          description={text.codeHint}
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value)
            if (finish.isError) finish.reset()
          }}
          error={said}
          maxLength={10}
          required
          withAsterisk={false}
          inputMode="numeric"
          autoComplete="one-time-code"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button type="submit" loading={finish.isPending}>
            {text.turnOn}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
