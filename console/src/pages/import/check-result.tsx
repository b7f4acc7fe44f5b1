/** What the check of a file found: how many devices can be imported, what is left out, and what to look at before. */
import { Alert, Group, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ImportReport } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { verdictOf } from './import-verdict.ts'
import { RejectedLines } from './rejected-lines.tsx'
import { VerdictIcon } from './verdict-icon.tsx'

interface Props {
  file: File
  report: ImportReport
  checkedBytes: number
  isWhole: boolean
}

export function CheckResult({ file, report, checkedBytes, isWhole }: Props) {
  const { importing: text, format } = useTextOf(membersTexts)
  const { lines, accepted, rejected, membersKept, droppedCounts, warnings } = report
  return (
    <>
      {warnings.length > 0 && (
        <Alert
          role="alert"
          color="yellow"
          variant="outline"
          icon={<IconAlertTriangle aria-hidden />}
          title={text.warningsTitle}
        >
          <List size="sm" spacing={4}>
            {warnings.map(({ code, value, lines }) => (
              <List.Item key={`${code} ${value}`}>{text.warnings[code](value, lines)}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Panel title={text.checkTitle}>
        <Stack gap="xs">
          <Group gap="xs" wrap="nowrap">
            <VerdictIcon verdict={verdictOf(report)} />
            <Text>
              {accepted === 0 ? text.nothing : text.checkedAll(accepted, lines)}
              {accepted > 0 && rejected > 0 && ` ${text.checkedRejected(rejected, accepted + rejected)}`}
            </Text>
          </Group>
          {membersKept > 0 && <Text size="sm">{text.membersKept(membersKept)}</Text>}
          {!isWhole && (
            <Text size="sm">{text.checkedPart(format.bytes(checkedBytes), format.bytes(file.size))}</Text>
          )}
          {droppedCounts.length > 0 && (
            <>
              <Text size="sm" fw={600}>
                {text.droppedTitle}
              </Text>
              <List size="sm" spacing={2}>
                {droppedCounts.map(({ field, lines }) => (
                  <List.Item key={field}>
                    {text.dropped(text.fields[field], lines)}{' '}
                    <Text span size="sm" c="dimmed">
                      {report.droppedLines.find((each) => each.field === field)?.value}
                    </Text>
                  </List.Item>
                ))}
              </List>
            </>
          )}
        </Stack>
      </Panel>
      {report.rejectedLines.length > 0 && <RejectedLines report={report} name={file.name} />}
    </>
  )
}
