/** The columns of the file: what each is taken for, three examples, and a choice where that is wrong. */
import { Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import type { ColumnField } from '../../../../src/audience/import/column-names.ts'
import type { ImportReport } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { type ColumnChoice, withChoice } from './column-choice.ts'
import classes from './import.module.css'

/** The others are shown when asked for: a table of hundreds of columns hides what is below it. */
const COLUMNS_SHOWN = 30

interface Props {
  report: ImportReport
  choice: ColumnChoice
  isChanged: boolean
  onChoose: (choice: ColumnChoice) => void
  onCheck: () => void
}

export function FoundColumns({ report, choice, isChanged, onChoose, onCheck }: Props) {
  const { importing: text } = useTextOf(membersTexts)
  const { columns, sample, profile } = report.found
  const [isAll, setAll] = useState(false)
  // The used ones in any case, wherever they are.
  const shown = columns.flatMap(({ name, field }, index) => {
    const chosen = choice.has(name) ? (choice.get(name) ?? null) : field
    return isAll || index < COLUMNS_SHOWN || chosen !== null ? [{ name, field, chosen, index }] : []
  })
  const options = [
    { value: '', label: text.ignored },
    ...Object.entries(text.fields).map(([value, label]) => ({ value, label })),
  ]
  return (
    <Panel title={text.columnsTitle}>
      <Stack gap="sm">
        <Table.ScrollContainer
          minWidth={620}
          type="native"
          tabIndex={0}
          role="region"
          aria-label={text.columnsTitle}
        >
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{text.column}</Table.Th>
                <Table.Th scope="col">{text.usedAs}</Table.Th>
                {sample.map(({ number }) => (
                  <Table.Th key={number} scope="col">
                    {text.sampleOf(number)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map(({ name, field, chosen, index }) => {
                return (
                  // Column names may repeat.
                  <Table.Tr key={index}>
                    <Table.Th scope="row" className={classes.cell} title={name}>
                      {name}
                    </Table.Th>
                    <Table.Td>
                      {profile === null ? (
                        <NativeSelect
                          size="xs"
                          w="12rem"
                          aria-label={text.usedAsOf(name)}
                          data={options}
                          value={chosen ?? ''}
                          onChange={(event) => {
                            const value = event.currentTarget.value
                            onChoose(
                              withChoice(columns, choice, name, value === '' ? null : (value as ColumnField)),
                            )
                          }}
                        />
                      ) : (
                        <Text size="sm" c={field === null ? 'dimmed' : 'inherit'}>
                          {field === null ? text.ignored : text.fields[field]}
                        </Text>
                      )}
                    </Table.Td>
                    {sample.map(({ number, cells }) => (
                      <Table.Td key={number} className={classes.cell} title={cells[index]} dir="auto">
                        {cells[index]}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                )
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {shown.length < columns.length && (
          <Group justify="space-between" gap="sm">
            <Text size="sm">{text.columnsHidden(columns.length - shown.length)}</Text>
            <Button variant="default" size="xs" onClick={() => setAll(true)}>
              {text.showAll}
            </Button>
          </Group>
        )}
        {isChanged && (
          <Group justify="space-between" gap="sm">
            <Text size="sm">{text.changed}</Text>
            <Button variant="default" onClick={onCheck}>
              {text.checkAgain}
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  )
}
