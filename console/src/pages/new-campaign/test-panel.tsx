/** Sends what is on the screen to a few test devices: it is saved first, and the result names the version. */
import { Button, Group, List, Stack, Switch, Text, Textarea } from '@mantine/core'
import { IconFlask } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { draftApi, type TestAnswer, type TestRequest, testCampaign } from '../../api/drafts.ts'
import { isConflict } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useSenders } from '../../components/use-senders.ts'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { splitIds } from './audience-form.ts'
import { contentToTest } from './draft-form.ts'
import { storedIn } from './draft-saver.ts'
import { useErrorOf } from './message-problems.ts'
import { TestResults } from './test-results.tsx'
import { TestsSent } from './tests-sent.tsx'
import type { Draft } from './use-draft.ts'

/** The limit of TestBody in src/api/campaigns/campaign-schemas.ts. */
const MAX_NAMED = 20

interface Tested extends TestAnswer {
  savedAt: string
}

export function TestPanel({ draft }: { draft: Draft }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const { read, isSaved, isScheduled } = draft
  const maySend = useMay('campaigns:send')
  const senders = useSenders()
  const isBroken = read.message.problems.length > 0
  if (!maySend) return <Text size="sm">{text.notAllowed(senders)}</Text>
  if (isBroken) return <Refused draft={draft} />
  if (isScheduled && !isSaved) return <Text size="sm">{text.testScheduled}</Text>
  return <TestForm draft={draft} />
}

/** Nothing that cannot be sent can be tested: what is missing, as at the fields. */
function Refused({ draft }: { draft: Draft }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const { problems } = draft.read.message
  const errorOf = useErrorOf(problems)
  const sentences = [...new Set(problems.map(({ field }) => errorOf(field) || ''))]
  return (
    <Stack gap="xs">
      <Text size="sm">{text.testRefused}</Text>
      <List size="sm">
        {sentences.map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List>
    </Stack>
  )
}

function TestForm({ draft }: { draft: Draft }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const [members, setMembers] = useState('')
  const [addresses, setAddresses] = useState('')
  const [validateOnly, setValidateOnly] = useState(false)
  const [isPressed, setPressed] = useState(false)
  const test = useTest(draft)

  const externalIds = splitIds(members)
  const named = splitIds(addresses)
  const isNobody = externalIds.length + named.length === 0
  const isTooMany = Math.max(externalIds.length, named.length) > MAX_NAMED
  const submit = () => {
    setPressed(true)
    if (isNobody || isTooMany) return
    test.mutate({
      ...(externalIds.length > 0 && { externalIds }),
      ...(named.length > 0 && { addresses: named.map((address) => ({ address })) }),
      validateOnly,
    })
  }
  return (
    <Stack gap="md">
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
      <div aria-live="polite">
        {test.isError && <ProblemAlert error={test.error} onRetry={submit} />}
        {test.data !== undefined && <Outcome tested={test.data} draft={draft} />}
      </div>
      <TestsSent campaignId={draft.saved.campaign?.id ?? null} />
    </Stack>
  )
}

function Outcome({ tested, draft }: { tested: Tested; draft: Draft }) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const now = draft.saved.campaign?.messageHash ?? null
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {text.tested(format.clock(tested.savedAt), tested.version)}
      </Text>
      {now !== null && now !== tested.messageHash && (
        <Text size="sm" c="var(--mantine-color-error)">
          {text.testOutdated}
        </Text>
      )}
      <TestResults results={tested.data} />
    </Stack>
  )
}

function useTest(draft: Draft) {
  const cache = useQueryClient()
  return useMutation({
    // Also of one that was refused: FCM may have got some of it.
    onSettled: () => cache.invalidateQueries({ queryKey: keys.allTests }),
    // Held: a save in between would make the version that is tested an old one.
    mutationFn: (request: TestRequest) => draft.hold(() => run(request)),
  })

  async function run(request: TestRequest): Promise<Tested> {
    const content = contentToTest(draft.read)
    if (content === null) throw new Error('a message that cannot be sent cannot be tested')
    const { campaign, etag, conflict } = draft.isScheduled ? draft.saved : await draft.save(content)
    if (campaign === null || conflict !== null) throw new Error('the draft is not saved')
    try {
      const answer = await testCampaign(campaign.id, request, etag)
      return { ...answer, savedAt: campaign.updatedAt }
    } catch (error) {
      // Somebody else was faster: the dialog shows what they have changed.
      if (isConflict(error)) {
        draft.notice(storedIn(error) ?? (await draftApi.read(campaign.id)))
      }
      throw error
    }
  }
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
