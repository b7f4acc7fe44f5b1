/** What the file was read as, and a choice of its encoding. */
import { Alert, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { Encoding, ImportReport } from '../../api/import-devices.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'

interface Props {
  file: File
  report: ImportReport
  /** Columns were chosen since the check. */
  isChanged: boolean
  encoding: Encoding | null
  onEncoding: (encoding: Encoding | null) => void
}

export function FoundFile({ file, report: { found, problems }, isChanged, encoding, onEncoding }: Props) {
  const { importing: text, format } = useTextOf(membersTexts)
  const { delimiter, profile, isCompressed } = found
  const parts = [
    text.encodings[found.encoding],
    delimiter === null
      ? text.formatsFound[found.format]
      : text.separatedBy(text.delimiters[delimiter] ?? delimiter),
    ...(profile === null ? [] : [text.profiles[profile]]),
    ...(isCompressed ? [text.compressed] : []),
    format.bytes(file.size),
  ]
  return (
    <Panel title={text.foundTitle(file.name)}>
      <Stack gap="sm">
        <Group justify="space-between" align="start" gap="md">
          <Text>
            <Text span c="dimmed" size="sm">
              {text.foundAs}
            </Text>{' '}
            {parts.join(' · ')}
          </Text>
          <EncodingChoice encoding={encoding} onEncoding={onEncoding} hint={text.encodingHint} />
        </Group>
        {problems.length > 0 && isChanged && (
          <Alert
            role="status"
            color="yellow"
            variant="outline"
            icon={<IconAlertTriangle aria-hidden />}
            title={text.changedTitle}
          >
            <Text size="sm">{text.changedHint}</Text>
          </Alert>
        )}
        {problems.length > 0 && !isChanged && (
          <Alert
            role="alert"
            color="red"
            variant="outline"
            icon={<IconAlertTriangle aria-hidden />}
            title={text.problemTitle}
          >
            {problems.map(({ code, names }) => (
              <Text key={`${code} ${names.join()}`} size="sm">
                {text.problems[code](
                  names.map((name) => (isField(name, text.fields) ? text.fields[name] : name)),
                )}
              </Text>
            ))}
          </Alert>
        )}
      </Stack>
    </Panel>
  )
}

export function EncodingChoice({
  encoding,
  onEncoding,
  hint,
}: {
  encoding: Encoding | null
  onEncoding: (encoding: Encoding | null) => void
  hint: string
}) {
  const { importing: text } = useTextOf(membersTexts)
  const options = [
    { value: '', label: text.encodingAuto },
    ...Object.entries(text.encodings).map(([value, label]) => ({ value, label })),
  ]
  return (
    <NativeSelect
      label={text.encoding}
      description={hint}
      maw="22rem"
      data={options}
      value={encoding ?? ''}
      onChange={(event) => {
        const { value } = event.currentTarget
        onEncoding(value === '' ? null : (value as Encoding))
      }}
    />
  )
}

function isField<F extends string>(name: string, fields: Record<F, string>): name is F {
  return Object.hasOwn(fields, name)
}
