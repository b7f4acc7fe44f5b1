/** The result of an import: completed, canceled or failed, and what was stored. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { ImportReport } from '../../api/import-devices.ts'
import { ApiProblem } from '../../api/problem.ts'
import { ButtonLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './import.module.css'
import { verdictOf } from './import-verdict.ts'
import { RejectedLines } from './rejected-lines.tsx'
import type { ImportState } from './use-import.ts'
import { VerdictIcon } from './verdict-icon.tsx'

interface Props {
  file: File
  state: Extract<ImportState, { kind: 'done' | 'canceled' | 'failed' }>
  onRepeat: () => void
  onAnother: () => void
}

export function ImportResult({ file, state, onRepeat, onAnother }: Props) {
  const { importing: text } = useTextOf(membersTexts)
  return (
    <Stack gap="md">
      <div aria-live="polite">
        <Outcome file={file} state={state} onRepeat={onRepeat} />
      </div>
      {state.kind === 'done' && state.report.rejectedLines.length > 0 && (
        <RejectedLines report={state.report} name={file.name} />
      )}
      <Group>
        {state.kind === 'done' && (
          <ButtonLink to="/members" search={{}}>
            {text.toMembers}
          </ButtonLink>
        )}
        {state.kind === 'canceled' && <Button onClick={onRepeat}>{text.importAgain}</Button>}
        <Button variant="default" onClick={onAnother}>
          {text.importAnother}
        </Button>
      </Group>
    </Stack>
  )
}

function Outcome({ file, state, onRepeat }: Omit<Props, 'onAnother'>) {
  const { importing: text, format } = useTextOf(membersTexts)
  if (state.kind === 'done') return <Counts report={state.report} seconds={state.seconds} />
  if (state.kind === 'canceled') {
    return (
      <Alert color="slate" variant="outline" icon={<IconInfoCircle aria-hidden />} title={text.cancelTitle}>
        {text.canceled(format.bytes(state.sent), format.bytes(file.size))}
      </Alert>
    )
  }
  const code = state.error instanceof ApiProblem ? state.error.code : ''
  if (code === 'file_unreadable') {
    return (
      <Alert
        role="alert"
        color="red"
        variant="outline"
        icon={<IconAlertTriangle aria-hidden />}
        title={text.failedTitle}
      >
        {text.fileUnreadable} {text.lost}
      </Alert>
    )
  }
  const isLost = state.error instanceof ApiProblem && state.error.status === 0
  return (
    <Stack gap="sm">
      <ProblemAlert
        error={state.error}
        title={isLost ? text.lostTitle : text.failedTitle}
        onRetry={onRepeat}
      />
      {isLost && <Text size="sm">{text.lost}</Text>}
    </Stack>
  )
}

function Counts({ report, seconds }: { report: ImportReport; seconds: number }) {
  const { importing: text, format } = useTextOf(membersTexts)
  const { lines, accepted, rejected, found } = report
  const verdict = verdictOf(report)
  const said =
    lines === 0 ? text.doneNothing : rejected === 0 ? text.doneAll(lines) : text.doneSome(accepted, lines)
  const attributes = found.columns.flatMap(({ attribute }) => attribute ?? [])
  // The rarer ones only where there are some.
  const counts = [
    ...(['created', 'updated', 'moved'] as const),
    ...(['replaced', 'membersKept', 'optOutsKept'] as const).filter((each) => report[each] > 0),
    ...(['repeated', 'rejected'] as const),
  ]
  return (
    <Panel title={text.verdicts[verdict]}>
      <Stack gap="md">
        <Group gap="xs" wrap="nowrap">
          <VerdictIcon verdict={verdict} />
          <Text>
            {said}{' '}
            <Text span c="dimmed" size="sm">
              {text.duration(format.duration(seconds))}
            </Text>
          </Text>
        </Group>
        <dl className={classes.counts}>
          {counts.map((each) => (
            <div key={each}>
              <dt>{text.counts[each]}</dt>
              <dd>{format.number(report[each])}</dd>
            </div>
          ))}
        </dl>
        {attributes.length > 0 && <Text size="sm">{text.attributesSaved(attributes)}</Text>}
        {found.ignored.length > 0 && (
          <Group gap="xs" wrap="nowrap" align="start">
            <IconAlertTriangle size={18} color="var(--in-doubt)" aria-hidden style={{ flex: 'none' }} />
            <Text size="sm">{text.unusedDone(found.ignored)}</Text>
          </Group>
        )}
        {report.optOutsKept > 0 && <Text size="sm">{text.optOutsKept(report.optOutsKept)}</Text>}
      </Stack>
    </Panel>
  )
}
