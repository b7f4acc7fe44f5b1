/** The columns and the first rows, shown before the upload. */
import { Alert, Button, Code, Group, Stack, Switch, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconUpload } from '@tabler/icons-react'
import { useState } from 'react'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './import.module.css'
import { type HeaderProblem, isKnown, type Preview } from './preview-devices.ts'

interface Props {
  file: File
  preview: Preview
  onStart: (revive: boolean) => void
}

export function FilePreview({ file, preview, onStart }: Props) {
  const { importing: text, format } = useTextOf(membersTexts)
  const [revive, setRevive] = useState(false)
  const { columns, problem } = preview
  const sentenceOf = useSentence()
  return (
    <Stack gap="md">
      <Panel title={text.previewOf(file.name)}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {format.bytes(file.size)}
          </Text>
          {problem !== null && (
            <Alert
              role="alert"
              color="red"
              variant="outline"
              icon={<IconAlertTriangle aria-hidden />}
              title={text.problemTitle}
            >
              {sentenceOf(problem)}
            </Alert>
          )}
          {columns.length > 0 && <Rows preview={preview} />}
        </Stack>
      </Panel>
      {problem === null && (
        <Panel>
          <Stack gap="md">
            <Switch
              label={text.revive}
              description={text.reviveHint}
              checked={revive}
              onChange={(event) => setRevive(event.currentTarget.checked)}
            />
            <Group>
              <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={() => onStart(revive)}>
                {text.start}
              </Button>
            </Group>
          </Stack>
        </Panel>
      )}
    </Stack>
  )
}

function Rows({ preview: { columns, rows } }: { preview: Preview }) {
  const { importing: text } = useTextOf(membersTexts)
  if (rows.length === 0) return <Text size="sm">{text.noRows}</Text>
  return (
    <Table.ScrollContainer
      minWidth={480}
      type="native"
      tabIndex={0}
      role="region"
      aria-label={text.rowsLabel}
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.row}</Table.Th>
            {columns.map((name, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: column names may repeat.
              <Table.Th key={index} scope="col" className={isKnown(name) ? undefined : classes.broken}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ number, fields, line }) => (
            <Table.Tr key={number}>
              <Table.Td className="figure">{number}</Table.Td>
              {fields === null ? (
                <Table.Td colSpan={columns.length} className={classes.broken}>
                  {text.rowUnreadable} <Code>{line.slice(0, 80)}</Code>
                </Table.Td>
              ) : (
                fields.map((field, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a field is identified by its column.
                  <Table.Td key={index} className={classes.cell} title={field} dir="auto">
                    {field}
                  </Table.Td>
                ))
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function useSentence(): (problem: HeaderProblem) => string {
  const { problems: text } = useTextOf(membersTexts).importing
  return (problem) => {
    switch (problem.code) {
      case 'unknown':
      case 'missing':
      case 'twice':
        return text[problem.code](problem.columns.map((name) => `“${name.slice(0, 40)}”`).join(', '))
      default:
        return text[problem.code]
    }
  }
}
