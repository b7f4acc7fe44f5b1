/** Now, at a time in any zone, or at each member's local time. */
import { Alert, Group, NativeSelect, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconClockHour4 } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { Moment } from '../../../../src/domain/zoned-time.ts'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone, zonesFrom } from '../../zones.ts'
import type { StepProps } from './draft-editor.tsx'
import type { ScheduleForm } from './draft-form.ts'
import { clockIn } from './local-time.ts'
import { LocalForecast, LocalTimeFields } from './local-time-fields.tsx'
import { StartHints } from './start-hints.tsx'
import classes from './when-panel.module.css'

const LOOK_EVERY_MS = 5_000

export function WhenPanel({ draft, wasLeft }: StepProps) {
  const { draft: text, draftSend: send } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { schedule } = form
  const put = (next: Partial<ScheduleForm>) => change({ schedule: { ...schedule, ...next } })
  return (
    <Panel>
      <Stack gap="lg">
        <Radio.Group
          label={text.whenTitle}
          value={schedule.when}
          onChange={(when) => put({ when: when as ScheduleForm['when'] })}
        >
          <Stack gap="sm" mt="xs">
            <Radio value="now" label={text.now} description={text.nowHint} />
            <Radio value="at" label={text.later} description={text.laterHint} />
            <Radio value="local" label={send.localTime} description={send.localTimeHint} />
          </Stack>
        </Radio.Group>
        {schedule.when !== 'now' && (
          <>
            <TimeFields
              schedule={schedule}
              put={put}
              hasZone={schedule.when === 'at'}
              error={wasLeft && read.scheduleIsMissing && text.timeMissing}
            />
            <LatestStart
              minutes={form.latestStartMinutes}
              onChange={(latestStartMinutes) => change({ latestStartMinutes })}
            />
            {schedule.when === 'local' && <LocalTimeFields schedule={schedule} put={put} />}
            {read.localTime !== null && read.audience.audience !== null && (
              <LocalForecast audience={read.audience.audience} time={read.localTime} />
            )}
            {read.startsAt !== null && <Start moment={read.startsAt} zone={schedule.zone} />}
            {read.isForLater && <StartHints draft={draft} onTake={(at, zone) => put(clockIn(at, zone))} />}
          </>
        )}
      </Stack>
    </Panel>
  )
}

interface TimeProps {
  schedule: ScheduleForm
  put: (next: Partial<ScheduleForm>) => void
  /** At local times there is none. */
  hasZone: boolean
  error: string | false
}

function TimeFields({ schedule, put, hasZone, error }: TimeProps) {
  const { draft: text } = useTextOf(draftTexts)
  const zones = useMemo(() => zonesFrom(ownZone()), [])
  return (
    <Group gap="md" align="flex-start">
      <TextInput
        type="date"
        label={text.date}
        value={schedule.date}
        onChange={(event) => put({ date: event.currentTarget.value })}
        error={error}
        required
        withAsterisk={false}
        className={classes.field}
      />
      <TextInput
        type="time"
        label={text.time}
        value={schedule.time}
        onChange={(event) => put({ time: event.currentTarget.value })}
        error={error !== false}
        required
        withAsterisk={false}
        className={classes.field}
      />
      {hasZone && (
        <Select
          label={text.zone}
          data={zones}
          value={schedule.zone}
          onChange={(zone) => zone !== null && put({ zone })}
          searchable
          allowDeselect={false}
          nothingFoundMessage={text.zoneNotFound}
          limit={100}
          className={classes.zone}
        />
      )}
    </Group>
  )
}

/** In minutes. Another value, given through the API, is offered as well. */
const LATEST_STARTS = [5, 15, 30, 60, 180, 720, 1_440]

function LatestStart({ minutes, onChange }: { minutes: number; onChange: (minutes: number) => void }) {
  const { draft: text, format } = useTextOf(draftTexts)
  const offered = [...new Set([...LATEST_STARTS, minutes])].sort((a, b) => a - b)
  return (
    <NativeSelect
      label={text.latestStart}
      description={text.latestStartHint}
      value={String(minutes)}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
      data={offered.map((n) => ({ value: String(n), label: text.latestStartOf(format.duration(n * 60)) }))}
      maw="24rem"
    />
  )
}

function Start({ moment: { at, kind }, zone }: { moment: Moment; zone: string }) {
  const { draft: text, format } = useTextOf(draftTexts)
  const now = useNow(LOOK_EVERY_MS)
  const isPast = at <= now
  return (
    <Stack gap="sm">
      <dl className={classes.times} aria-live="polite">
        <dt>{text.inZone(zone)}</dt>
        <dd>
          {format.inZone(at, zone)}
          {!isPast && (
            <Text span c="dimmed" size="sm">
              {' · '}
              {text.fromNow(format.duration((at.getTime() - now.getTime()) / 1000))}
            </Text>
          )}
        </dd>
        <dt>{text.inUtc}</dt>
        <dd>{format.inZone(at, 'UTC')}</dd>
      </dl>
      {isPast && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {text.timePast}
        </Text>
      )}
      {kind !== 'once' && (
        <Alert color="yellow" variant="outline" icon={<IconClockHour4 aria-hidden />} role="status">
          {kind === 'skipped' ? text.timeSkipped : text.timeTwice}
        </Alert>
      )}
    </Stack>
  )
}
