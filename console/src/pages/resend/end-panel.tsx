/** Asks for another end of sending: what waits for a morning or a window would leave whenever that comes. */
import { Group, Radio, Stack, TextInput } from '@mantine/core'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { resendTexts } from '../../text/resend-texts.ts'
import type { EndForm } from './end.ts'

interface Props {
  /** That of the campaign. */
  passed: string
  zone: string
  form: EndForm
  /** What is typed is no time that is still to come. */
  isWrong: boolean
  onChange: (form: EndForm) => void
}

export function EndPanel({ passed, zone, form, isWrong, onChange }: Props) {
  const { resend: text, format } = useTextOf(resendTexts)
  const error = form.date !== '' && form.time !== '' && isWrong
  return (
    <Panel title={text.end}>
      <Radio.Group
        label={text.endPassed(format.inZone(passed, zone))}
        value={form.kind}
        onChange={(kind) => onChange({ ...form, kind: kind as EndForm['kind'] })}
      >
        <Stack gap="sm" mt="xs">
          <Radio value="at" label={text.endAt} />
          {form.kind === 'at' && (
            <Group gap="md" align="flex-start">
              <TextInput
                type="date"
                label={text.endDate}
                description={zone}
                value={form.date}
                onChange={(event) => onChange({ ...form, date: event.currentTarget.value })}
                error={error && text.endWrong}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
              />
              <TextInput
                type="time"
                label={text.endTime}
                value={form.time}
                onChange={(event) => onChange({ ...form, time: event.currentTarget.value })}
                error={error}
              />
            </Group>
          )}
          <Radio value="none" label={text.endNone} description={text.endNoneHint} />
        </Stack>
      </Radio.Group>
    </Panel>
  )
}
