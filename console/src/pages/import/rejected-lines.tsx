/** Rows that are not imported: how many of each kind, the first ones with their reason, and all that are known as a file. */
import { Button, Group, Stack, Table, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import type { ImportReport } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './import.module.css'
import { rejectedCsv } from './rejected-csv.ts'
import { saveAs } from './save-as.ts'

/** Few: what is to be pressed next is below them. */
const ROWS_FIRST = 8
const ROWS_MOST = 100

export function RejectedLines({ report, name }: { report: ImportReport; name: string }) {
  const { importing: text, format } = useTextOf(membersTexts)
  const { rejected, rejectedCounts, rejectedLines, rejectedTruncated } = report
  const lines = rejectedLines.map((each) => ({
    line: each.line,
    code: each.code,
    reason: text.rejection(each),
  }))
  const [most, setMost] = useState(ROWS_FIRST)
  const shown = lines.slice(0, most)
  return (
    <Panel
      title={text.rejectedTitle}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => saveAs(`rejected-${name.replace(/\.\w+$/, '')}.csv`, 'text/csv', rejectedCsv(lines))}
        >
          {text.download}
        </Button>
      }
    >
      <Stack gap="sm">
        <Group gap="xs">
          {rejectedCounts.map(({ code, lines }) => (
            <Text key={code} size="sm">
              {text.kinds[code]}: <strong>{format.number(lines)}</strong>
            </Text>
          ))}
        </Group>
        {rejectedTruncated && <Text size="sm">{text.rejectedTruncated(rejectedLines.length, rejected)}</Text>}
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" ta="end">
                {text.row}
              </Table.Th>
              <Table.Th scope="col">{text.reason}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ line, reason }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one row may have several devices.
              <Table.Tr key={index}>
                <Table.Td ta="end" className="figure">
                  {format.number(line)}
                </Table.Td>
                <Table.Td className={classes.reason}>{reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {shown.length < rejectedLines.length && (
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed">
              {text.rejectedShown(shown.length, rejectedLines.length)}
            </Text>
            {most < ROWS_MOST && (
              <Button variant="default" size="xs" onClick={() => setMost(ROWS_MOST)}>
                {text.showMore}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </Panel>
  )
}
