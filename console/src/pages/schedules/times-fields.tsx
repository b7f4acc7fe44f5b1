/** The times of a schedule, and what they mean: the server says when the next five runs are. */
import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Pill,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { WEEKDAYS, type Weekday } from '../../../../src/domain/schedule-rule.ts'
import { previewQuery, type TimesGiven } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { zonesFrom } from '../../zones.ts'
import { ruleWords } from './rule-words.ts'
import { readTimes, type TimesForm } from './times-form.ts'

const WAIT_MS = 300
const DAYS = [...Array.from({ length: 31 }, (_, index) => String(index + 1)), 'last']

interface Props {
  form: TimesForm
  onChange: (form: TimesForm) => void
}

export function TimesFields({ form, onChange }: Props) {
  const { schedules: text } = useTextOf(scheduleTexts)
  const zones = useMemo(() => zonesFrom(form.timezone), [form.timezone])
  const put = (next: Partial<TimesForm>) => onChange({ ...form, ...next })
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label={text.every}
        value={form.every}
        onChange={(every) => put({ every: every as TimesForm['every'] })}
        data={(['day', 'week', 'month', 'cron'] as const).map((value) => ({
          value,
          label: text.everyOf[value],
        }))}
      />
      {form.every === 'week' && (
        <Checkbox.Group label={text.on} value={[...form.on]} onChange={(on) => put({ on: on as Weekday[] })}>
          <Group gap="sm" mt="xs">
            {WEEKDAYS.map((day) => (
              <Checkbox key={day} value={day} label={text.dayNames[day]} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {form.every === 'cron' && (
        <TextInput
          label={text.cronLabel}
          description={text.cronHint}
          value={form.cron}
          onChange={(event) => put({ cron: event.currentTarget.value })}
          maxLength={200}
          ff="monospace"
        />
      )}
      <Group gap="md" align="flex-start">
        {form.every === 'month' && (
          <NativeSelect
            label={text.day}
            value={form.day}
            onChange={(event) => put({ day: event.currentTarget.value })}
            data={DAYS.map((value) => ({
              value,
              label: value === 'last' ? text.dayLast : text.dayOf(Number(value)),
            }))}
          />
        )}
        {form.every !== 'cron' && (
          <TextInput
            type="time"
            label={text.at}
            value={form.at}
            onChange={(event) => put({ at: event.currentTarget.value })}
          />
        )}
        <Select
          label={text.zone}
          data={zones}
          value={form.timezone}
          onChange={(timezone) => timezone !== null && put({ timezone })}
          searchable
          allowDeselect={false}
          nothingFoundMessage={text.zoneNotFound}
          limit={100}
        />
      </Group>
      <Group gap="md" align="flex-start">
        <TextInput
          type="date"
          label={text.startsOn}
          description={text.optional}
          value={form.startsOn}
          onChange={(event) => put({ startsOn: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={text.endsOn}
          description={text.optional}
          value={form.endsOn}
          onChange={(event) => put({ endsOn: event.currentTarget.value })}
        />
      </Group>
      <SkipDates dates={form.skipDates} onChange={(skipDates) => put({ skipDates })} />
    </Stack>
  )
}

function SkipDates({ dates, onChange }: { dates: readonly string[]; onChange: (dates: string[]) => void }) {
  const { schedules: text } = useTextOf(scheduleTexts)
  const [date, setDate] = useState('')
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        <TextInput
          type="date"
          label={text.skipDates}
          description={text.optional}
          value={date}
          onChange={(event) => setDate(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={date === ''}
          onClick={() => {
            onChange([...new Set([...dates, date])].sort())
            setDate('')
          }}
        >
          {text.addDate}
        </Button>
      </Group>
      {dates.length > 0 && (
        <Pill.Group>
          {dates.map((each) => (
            <Pill
              key={each}
              withRemoveButton
              removeButtonProps={{ 'aria-label': text.removeDate(each), tabIndex: 0, 'aria-hidden': false }}
              onRemove={() => onChange(dates.filter((other) => other !== each))}
            >
              {each}
            </Pill>
          ))}
        </Pill.Group>
      )}
    </Stack>
  )
}

/** Asked a moment after the last key. Says what is wrong as well. */
export function NextRunsPreview({ form }: { form: TimesForm }) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, format } = texts
  const times = readTimes(form)
  const [asked] = useDebouncedValue(JSON.stringify(times), WAIT_MS)
  const given = JSON.parse(asked) as TimesGiven | null
  const query = useQuery({
    ...previewQuery(given as TimesGiven),
    enabled: given !== null,
    placeholderData: keepPreviousData,
  })
  if (given === null) return null
  return (
    <div aria-live="polite">
      {times !== null && <Text mb="sm">{text.meaning(ruleWords(times.rule, texts), form.timezone)}</Text>}
      <Text fw={650} size="sm" mb="xs">
        {text.previewTitle}
      </Text>
      {query.error !== null ? (
        <ProblemAlert error={query.error} />
      ) : (
        <ol>
          {(query.data?.data ?? []).map(({ at, kind }) => (
            <li key={at}>
              <Text size="sm">
                {format.inZone(at, given.timezone)}
                {kind !== 'as_planned' && ` (${kind === 'moved' ? text.moved : text.firstOfTwo})`}
              </Text>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
