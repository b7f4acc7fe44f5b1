/** The tests of a campaign so far, whoever sent them: when, which version, to whom, and what FCM answered. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type TestRecord, testsQuery } from '../../api/drafts.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { TestRows } from './test-results.tsx'
import classes from './tests-sent.module.css'

/** `campaignId`: null before it is saved for the first time. */
export function TestsSent({ campaignId }: { campaignId: string | null }) {
  const mayRead = useMay('people:read')
  if (campaignId === null || !mayRead) return null
  return <Tests campaignId={campaignId} />
}

function Tests({ campaignId }: { campaignId: string }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const tests = useQuery(testsQuery(campaignId))
  return (
    <section aria-label={text.testsSent}>
      <Text fw={600} mb="xs">
        {text.testsSent}
      </Text>
      {tests.isError && <ProblemAlert error={tests.error} onRetry={() => void tests.refetch()} />}
      {tests.data?.data.length === 0 && (
        <Text size="sm" c="dimmed">
          {text.noTests}
        </Text>
      )}
      <Stack gap="xs">
        {tests.data?.data.map((test) => (
          <Test key={test.id} test={test} />
        ))}
      </Stack>
      {tests.data !== undefined && tests.data.nextCursor !== null && (
        <Text size="xs" c="dimmed" mt="xs">
          {text.olderTests(tests.data.data.length)}
        </Text>
      )}
    </section>
  )
}

function Test({ test }: { test: TestRecord }) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const good = test.data.filter(({ outcome }) => outcome === 'sent').length
  const counts = text.testCounts(good, test.data.length)
  return (
    <details className={classes.test}>
      <summary>
        <Text size="sm" span>
          {text.testBy(test.sentByName, format.dateTime(test.sentAt), test.version)}
        </Text>
        <Text size="sm" span c="dimmed">
          {` · ${test.validateOnly ? `${counts} · ${text.testValidated}` : counts}`}
        </Text>
      </summary>
      <TestRows results={test.data} />
    </details>
  )
}
