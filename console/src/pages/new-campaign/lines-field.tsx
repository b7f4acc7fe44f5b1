/** A list of field groups to which lines can be added and removed. */
import { ActionIcon, Box, Button, Fieldset, Group, Stack, Text } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './line-fields.module.css'

const FIELDSET = { root: classes.lines ?? '', legend: classes.legend ?? '' }

interface Props<T> {
  legend: string
  hint: string
  lines: readonly T[]
  emptyLine: T
  onChange: (lines: T[]) => void
  addLabel: string
  removeLabel: (n: number) => string
  error?: string | false
  children: (line: T, index: number, put: (change: Partial<T>) => void) => ReactNode
}

export function LinesField<T>(props: Props<T>) {
  const { legend, hint, lines, emptyLine, onChange, addLabel, removeLabel, error = false, children } = props
  return (
    <Fieldset legend={legend} classNames={FIELDSET}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other stable identity while it is edited.
          <Group key={index} gap="xs" align="flex-start" wrap="nowrap">
            <Box flex="1 1 0" miw={0}>
              {children(line, index, (change) =>
                onChange(lines.map((each, at) => (at === index ? { ...each, ...change } : each))),
              )}
            </Box>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="input-sm"
              aria-label={removeLabel(index + 1)}
              onClick={() => onChange(lines.filter((_, at) => at !== index))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        {error !== false && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {error}
          </Text>
        )}
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onChange([...lines, emptyLine])}
          >
            {addLabel}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  )
}
