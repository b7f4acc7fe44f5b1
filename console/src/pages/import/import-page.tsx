/** Imports devices: choose a file, have it checked, say what its columns are, import it, see the result. */
import { Box, Button, Group, Stack, Text } from '@mantine/core'
import { IconEye } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Encoding, ImportSettings } from '../../api/import-devices.ts'
import { ApiProblem } from '../../api/problem.ts'
import { BackLink } from '../../components/back-link.tsx'
import { Empty } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { CheckResult } from './check-result.tsx'
import { alwaysTheSame, type ColumnChoice, mapOf, nameProblems } from './column-choice.ts'
import { DropZone } from './drop-zone.tsx'
import { FoundColumns } from './found-columns.tsx'
import { EncodingChoice, FoundFile } from './found-file.tsx'
import classes from './import.module.css'
import { ImportResult } from './import-result.tsx'
import { LeaveDialog } from './leave-dialog.tsx'
import { StartImport } from './start-import.tsx'
import { UploadProgress } from './upload-progress.tsx'
import { useFocusKept } from './use-focus-kept.ts'
import { type ImportState, useImport } from './use-import.ts'

export function ImportPage() {
  const { importing: text } = useTextOf(membersTexts)
  const mayImport = useMay('devices:import')
  return (
    <Page title={text.title} above={<BackLink to="/members">{text.back}</BackLink>}>
      {mayImport ? (
        <Import />
      ) : (
        <Empty icon={<IconEye size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      )}
    </Page>
  )
}

const CAREFUL: ImportSettings = { encoding: null, map: '', liftsOptOuts: false, revive: false }

const NOTHING_CHOSEN: ColumnChoice = new Map()

function Import() {
  const { importing: text } = useTextOf(membersTexts)
  const [file, setFile] = useState<File | null>(null)
  const [settings, setSettings] = useState(CAREFUL)
  // Above the steps: it stays through a check, and through one that failed.
  const [choice, setChoice] = useState<ColumnChoice>(NOTHING_CHOSEN)
  const work = useImport()
  const check = (of: File, next: ImportSettings, chosen = choice) => {
    setFile(of)
    setSettings(next)
    setChoice(chosen)
    work.check(of, next)
  }
  const start = (of: File, next: ImportSettings) => {
    setSettings(next)
    work.start(of, next)
  }
  const again = () => {
    setFile(null)
    work.reset()
  }
  const { state } = work
  const content = useFocusKept(state.kind)
  useEffect(() => keepFromOpening(window), [])
  return (
    <Box ref={content} tabIndex={-1} role="group" aria-label={text.title} className={classes.step}>
      <LeaveDialog isRunning={state.kind === 'running'} />
      <Step
        file={file}
        settings={settings}
        choice={choice}
        onChoose={setChoice}
        work={work}
        check={check}
        start={start}
        again={again}
      />
    </Box>
  )
}

/** A file that is dropped beside the zone would be opened by the browser instead of this page. */
function keepFromOpening(target: Window): () => void {
  const prevent = (event: DragEvent) => event.preventDefault()
  target.addEventListener('dragover', prevent)
  target.addEventListener('drop', prevent)
  return () => {
    target.removeEventListener('dragover', prevent)
    target.removeEventListener('drop', prevent)
  }
}

interface StepProps {
  file: File | null
  settings: ImportSettings
  choice: ColumnChoice
  onChoose: (choice: ColumnChoice) => void
  work: ReturnType<typeof useImport>
  check: (file: File, settings: ImportSettings, choice?: ColumnChoice) => void
  start: (file: File, settings: ImportSettings) => void
  again: () => void
}

function Step({ file, settings, choice, onChoose, work, check, start, again }: StepProps) {
  const { state } = work
  if (file === null || state.kind === 'idle' || state.kind === 'unreadable') {
    return (
      <Choose
        isUnreadable={state.kind === 'unreadable'}
        onFile={(chosen) => check(chosen, CAREFUL, NOTHING_CHOSEN)}
      />
    )
  }
  switch (state.kind) {
    case 'checking':
    case 'running':
      return <UploadProgress file={file} state={state} onCancel={work.cancel} />
    case 'checked':
      return (
        <Checked
          file={file}
          state={state}
          settings={settings}
          choice={choice}
          onChoose={onChoose}
          onCheck={(next, chosen) => check(file, next, chosen)}
          onStart={(next) => start(file, next)}
          onAnother={again}
        />
      )
    case 'check-failed':
      return (
        <CheckFailed
          error={state.error}
          settings={settings}
          onCheck={(next) => check(file, next)}
          onAnother={again}
        />
      )
    default:
      return (
        <ImportResult file={file} state={state} onRepeat={() => start(file, settings)} onAnother={again} />
      )
  }
}

function Choose({ isUnreadable, onFile }: { isUnreadable: boolean; onFile: (file: File) => void }) {
  const { importing: text } = useTextOf(membersTexts)
  return (
    <Stack gap="md">
      <DropZone onFile={onFile} />
      {isUnreadable && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {text.fileUnreadable}
        </Text>
      )}
    </Stack>
  )
}

interface CheckedProps {
  file: File
  state: Extract<ImportState, { kind: 'checked' }>
  settings: ImportSettings
  choice: ColumnChoice
  onChoose: (choice: ColumnChoice) => void
  onCheck: (settings: ImportSettings, choice?: ColumnChoice) => void
  onStart: (settings: ImportSettings) => void
  onAnother: () => void
}

function Checked({
  file,
  state: { report, checkedBytes, isWhole },
  settings,
  choice,
  onChoose,
  onCheck,
  onStart,
  onAnother,
}: CheckedProps) {
  const { importing: text } = useTextOf(membersTexts)
  const { columns } = report.found
  const map = mapOf(columns, choice)
  const isChanged = map !== settings.map
  const isUsable = report.problems.length === 0
  return (
    <Stack gap="md">
      <FoundFile
        file={file}
        report={report}
        isChanged={isChanged}
        encoding={settings.encoding}
        onEncoding={(encoding) => {
          const kept = alwaysTheSame(choice)
          // What is being typed is sent when it is a name.
          const isSent = nameProblems(columns, kept).size === 0
          onCheck({ ...settings, encoding, map: isSent ? mapOf(columns, kept) : '' }, kept)
        }}
      />
      <FoundColumns
        report={report}
        choice={choice}
        isChanged={isChanged}
        onChoose={onChoose}
        onCheck={() => onCheck({ ...settings, map })}
      />
      {isUsable && !isChanged && (
        <>
          <CheckResult file={file} report={report} checkedBytes={checkedBytes} isWhole={isWhole} />
          <StartImport
            report={report}
            isWhole={isWhole}
            onStart={(chosen) => onStart({ ...settings, ...chosen })}
          />
        </>
      )}
      <Group>
        <Button variant="default" onClick={onAnother}>
          {text.chooseAnother}
        </Button>
      </Group>
    </Stack>
  )
}

interface FailedProps {
  error: unknown
  settings: ImportSettings
  onCheck: (settings: ImportSettings) => void
  onAnother: () => void
}

function CheckFailed({ error, settings, onCheck, onAnother }: FailedProps) {
  const { importing: text } = useTextOf(membersTexts)
  const { code, status } = error instanceof ApiProblem ? error : { code: '', status: 0 }
  // The same file again would be refused again.
  const isFile = status >= 400 && status < 500 && status !== 408 && status !== 429
  const isEncoding = code === 'encoding_unclear' || code === 'encoding_contradicted'
  const onEncoding = (encoding: Encoding | null) => onCheck({ ...settings, encoding })
  return (
    <Stack gap="md">
      <ProblemAlert
        error={error}
        title={isFile ? text.checkFailed : text.checkUnfinished}
        {...(!isFile && { onRetry: () => onCheck(settings) })}
      />
      {isEncoding && (
        <EncodingChoice encoding={settings.encoding} onEncoding={onEncoding} hint={text.encodingUnclear} />
      )}
      <Group>
        <Button variant="default" onClick={onAnother}>
          {text.chooseAnother}
        </Button>
      </Group>
    </Stack>
  )
}
