/** The columns of the file: what each is taken for, three examples, and a choice where that is wrong. */
import { Alert, Button, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import type { ColumnField, ColumnUse } from '../../../../src/audience/import/column-names.ts'
import { cleanText } from '../../../../src/domain/clean-text.ts'
import type { ImportReport } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import {
  asAttribute,
  asField,
  type ColumnChoice,
  chosenOf,
  NOT_USED,
  nameProblems,
  unusedOf,
  withChoice,
} from './column-choice.ts'
import classes from './import.module.css'

/** The others are shown when asked for: a table of hundreds of columns hides what is below it. */
const COLUMNS_SHOWN = 30
/** Among the fields of a device: the column is an attribute by itself. */
const OWN_ATTRIBUTE = 'own-attribute'

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
  const shown = columns.flatMap((column, index) => {
    const chosen = chosenOf(column, choice)
    return isAll || index < COLUMNS_SHOWN || chosen.field !== null
      ? [{ name: column.name, chosen, index }]
      : []
  })
  const problems = nameProblems(columns, choice)
  const unused = unusedOf(columns, choice).map((name) => (name === '' ? text.unnamed : name))
  const hasAttributes = columns.some((column) => chosenOf(column, choice).field === 'attributes')
  const choose = (name: string, use: ColumnUse) => onChoose(withChoice(columns, choice, name, use))
  const options = [
    { value: '', label: text.ignored },
    { value: OWN_ATTRIBUTE, label: text.asAttribute },
    ...Object.entries(text.fields).map(([value, label]) => ({ value, label })),
  ]
  return (
    <Panel title={text.columnsTitle}>
      <Stack gap="sm">
        {unused.length > 0 && (
          <Alert
            role="status"
            color="yellow"
            variant="outline"
            icon={<IconAlertTriangle aria-hidden />}
            title={text.unused(unused)}
            classNames={{ title: classes.unused }}
          >
            {profile === null && <Text size="sm">{text.unusedHint}</Text>}
          </Alert>
        )}
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
              {shown.map(({ name, chosen, index }) => {
                return (
                  // Column names may repeat.
                  <Table.Tr key={index}>
                    <Table.Th scope="row" className={classes.cell} title={name}>
                      {name}
                    </Table.Th>
                    <Table.Td>
                      {/* A column without a name cannot be named to the API. */}
                      {profile === null && name !== '' ? (
                        <Stack gap={4}>
                          <NativeSelect
                            size="xs"
                            w="12rem"
                            aria-label={text.usedAsOf(name)}
                            data={options}
                            value={optionOf(chosen)}
                            onChange={(event) => choose(name, usedAs(event.currentTarget.value, name))}
                          />
                          {chosen.attribute !== null && (
                            <TextInput
                              size="xs"
                              w="12rem"
                              label={text.attributeName}
                              aria-label={text.attributeNameOf(name)}
                              value={chosen.attribute}
                              onChange={(event) => choose(name, asAttribute(event.currentTarget.value))}
                              error={errorOf(problems.get(name), text.attributeProblems)}
                            />
                          )}
                        </Stack>
                      ) : (
                        <Text size="sm" c={chosen.field === null ? 'dimmed' : 'inherit'}>
                          {chosen.field === null ? text.ignored : text.fields[chosen.field]}
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
        {hasAttributes && <Text size="sm">{text.attributesReplaced}</Text>}
        {isChanged && (
          <Group justify="space-between" gap="sm">
            <Text size="sm">{text.changed}</Text>
            <Button onClick={onCheck} disabled={problems.size > 0}>
              {text.checkAgain}
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  )
}

function optionOf({ field, attribute }: ColumnUse): string {
  return attribute === null ? (field ?? '') : OWN_ATTRIBUTE
}

function usedAs(value: string, column: string): ColumnUse {
  if (value === '') return NOT_USED
  return value === OWN_ATTRIBUTE ? asAttribute(cleanText(column)) : asField(value as ColumnField)
}

function errorOf<P extends string>(problem: P | undefined, texts: Record<P, string>): string | undefined {
  return problem === undefined ? undefined : texts[problem]
}
