/** Sends the message to a few test devices. */
import { Button, Group, Stack, Switch, Text, Textarea } from '@mantine/core'
import { IconFlask } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type TestRequest, testCampaign } from '../../api/drafts.ts'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { splitIds } from './audience-form.ts'
import type { StepProps } from './draft-editor.tsx'
import { TestResults } from './test-results.tsx'

/** The limit of TestBody in src/api/campaigns/campaign-schemas.ts. */
const MAX_NAMED = 20

export function TestStep({ draft }: StepProps) {
  const { draftSend: text } = useTextOf(draftTexts)
  const { saved, read, isSaved, isScheduled } = draft
  const [members, setMembers] = useState('')
  const [addresses, setAddresses] = useState('')
  const [validateOnly, setValidateOnly] = useState(false)
  const [isPressed, setPressed] = useState(false)
  const maySend = useMay('campaigns:send')

  const test = useMutation({
    mutationFn: async (request: TestRequest) => {
      const id = read.body === null || isScheduled || isSaved ? saved.id : (await draft.save(read.body)).id
      if (id === null) throw new Error('there is no draft to test')
      // Every click is a new test.
      return testCampaign(id, request, crypto.randomUUID())
    },
  })

  const externalIds = splitIds(members)
  const named = splitIds(addresses)
  const isNobody = externalIds.length + named.length === 0
  const isTooMany = Math.max(externalIds.length, named.length) > MAX_NAMED
  const canTest = saved.id !== null && (read.body !== null || isScheduled)
  const submit = () => {
    setPressed(true)
    if (isNobody || isTooMany) return
    test.mutate({
      ...(externalIds.length > 0 && { externalIds }),
      ...(named.length > 0 && { addresses: named.map((address) => ({ address })) }),
      validateOnly,
    })
  }

  const isIncomplete = !canTest && read.body === null
  if (isIncomplete || !maySend) {
    return (
      <Panel title={text.testTitle}>
        <Text size="sm">{maySend ? text.testNotSaved : text.notAllowed}</Text>
      </Panel>
    )
  }
  return (
    <Stack gap="md">
      <Panel title={text.testTitle}>
        <Stack gap="md" maw="40rem">
          <Text size="sm" c="dimmed">
            {text.testIntro}
          </Text>
          <NamesField
            label={text.testMembers}
            hint={text.testMembersHint}
            value={members}
            onChange={setMembers}
          />
          <NamesField
            label={text.testAddresses}
            hint={text.testAddressesHint}
            value={addresses}
            onChange={setAddresses}
          />
          <Switch
            label={text.validateOnly}
            description={text.validateOnlyHint}
            checked={validateOnly}
            onChange={(event) => setValidateOnly(event.currentTarget.checked)}
          />
          {isPressed && (isNobody || isTooMany) && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {isNobody ? text.testNoRecipient : text.testTooManyRecipients}
            </Text>
          )}
          <Group>
            <Button
              variant="default"
              leftSection={<IconFlask size={16} aria-hidden />}
              loading={test.isPending}
              onClick={submit}
            >
              {validateOnly ? text.checkTest : text.sendTest}
            </Button>
          </Group>
        </Stack>
      </Panel>
      <div aria-live="polite">
        {test.isError && <ProblemAlert error={test.error} onRetry={submit} />}
        {test.isSuccess && <TestResults results={test.data} />}
      </div>
    </Stack>
  )
}

interface NamesProps {
  label: string
  hint: string
  value: string
  onChange: (value: string) => void
}

function NamesField({ label, hint, value, onChange }: NamesProps) {
  return (
    <Textarea
      label={label}
      description={hint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autosize
      minRows={2}
      maxRows={8}
      spellCheck={false}
    />
  )
}
