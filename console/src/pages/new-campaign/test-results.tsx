/** The result of a test for each device. */
import { Stack, Text } from '@mantine/core'
import type { TestResult } from '../../api/drafts.ts'
import { FcmSaid } from '../../components/fcm-said.tsx'
import { ServerText } from '../../components/server-text.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './test-results.module.css'

const GOOD: TestResult['outcome'] = 'sent'

export function TestResults({ results }: { results: readonly TestResult[] }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const good = results.filter(({ outcome }) => outcome === GOOD).length
  return (
    <div>
      <Text fw={600} mb="xs">
        {text.testDone(good, results.length)}
      </Text>
      <TestRows results={results} />
    </div>
  )
}

export function TestRows({ results }: { results: readonly TestResult[] }) {
  return (
    <ul className={classes.list}>
      {results.map((result, place) => (
        // Erased members have no name, so only the place tells them apart; it never changes.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Row key={place} result={result} />
      ))}
    </ul>
  )
}

function Row({ result }: { result: TestResult }) {
  const { draftSend: text, shell } = useTextOf(draftTexts)
  const { address, externalId, outcome } = result
  const isErased = externalId === null && address === null
  const translated = text.testResult(result)
  const { meaning, advice } = translated ?? result
  // FCM's own words are only in the server's sentence.
  const hasMore = translated !== null && outcome === 'blocked'
  return (
    <li className={classes.row}>
      <Text fw={600} className={classes.outcome} data-good={outcome === GOOD}>
        {text.outcome[outcome]}
      </Text>
      <Stack gap={0} className={classes.who}>
        <Text size="sm" dir="auto">
          {externalId ?? (isErased ? text.forgotten : text.addressOnly)}
        </Text>
        <Text size="xs" c="dimmed" ff="monospace">
          {address === null ? shell.none : `…${address}`}
        </Text>
      </Stack>
      <Text size="sm" component="div" className={classes.what}>
        {meaning}
        {outcome !== GOOD && advice !== '' && ` ${advice}`}
        {result.fcmSaid !== null && <FcmSaid words={result.fcmSaid} />}
        {hasMore && <ServerText isFolded>{result.meaning}</ServerText>}
      </Text>
    </li>
  )
}
