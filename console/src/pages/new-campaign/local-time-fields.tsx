/** What becomes of members who are late or have no time zone, and, before the press, how many they are. */
import { Group, NativeSelect, Select, Stack, Table, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Audience } from '../../../../src/domain/campaign.ts'
import {
  LATE_POLICIES,
  type LatePolicy,
  type LocalTime,
  UNKNOWN_ZONE_POLICIES,
  type UnknownZonePolicy,
} from '../../../../src/domain/local-time.ts'
import { type Forecast, forecastQuery } from '../../api/drafts.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone, zonesFrom } from '../../zones.ts'
import type { ScheduleForm } from './draft-form.ts'
import classes from './when-panel.module.css'

interface Props {
  schedule: ScheduleForm
  put: (next: Partial<ScheduleForm>) => void
}

export function LocalTimeFields({ schedule, put }: Props) {
  const { draftSend: text, draft } = useTextOf(draftTexts)
  const zones = useMemo(() => zonesFrom(ownZone()), [])
  return (
    <Stack gap="md">
      <NativeSelect
        label={text.lateTitle}
        value={schedule.late}
        onChange={(event) => put({ late: event.currentTarget.value as LatePolicy })}
        data={LATE_POLICIES.map((late) => ({ value: late, label: text.lateChoice[late] }))}
        maw="24rem"
      />
      <Group gap="md" align="flex-start">
        <NativeSelect
          label={text.unknownZoneTitle}
          value={schedule.unknownZone}
          onChange={(event) => put({ unknownZone: event.currentTarget.value as UnknownZonePolicy })}
          data={UNKNOWN_ZONE_POLICIES.map((each) => ({ value: each, label: text.unknownZoneChoice[each] }))}
          className={classes.zone}
        />
        {schedule.unknownZone === 'default' && (
          <Select
            label={text.defaultZone}
            data={zones}
            value={schedule.zone}
            onChange={(zone) => zone !== null && put({ zone })}
            searchable
            allowDeselect={false}
            nothingFoundMessage={draft.zoneNotFound}
            limit={100}
            className={classes.zone}
          />
        )}
      </Group>
    </Stack>
  )
}

const TYPED_AFTER_MS = 500

export function LocalForecast({ audience, time }: { audience: Audience; time: LocalTime }) {
  const { draftSend: text } = useTextOf(draftTexts)
  const [asked] = useDebouncedValue(JSON.stringify({ audience, time }), TYPED_AFTER_MS)
  const { audience: whom, time: when } = JSON.parse(asked) as Asked
  const forecast = useQuery({ ...forecastQuery(whom, when), placeholderData: keepPreviousData })
  if (forecast.isError) {
    return <ProblemAlert error={forecast.error} onRetry={() => void forecast.refetch()} />
  }
  if (forecast.data === undefined) return <Text role="status">{text.counting}</Text>
  return <Instants forecast={forecast.data} isCounting={forecast.isFetching} />
}

interface Asked {
  audience: Audience
  time: LocalTime
}

const MOST_ZONES = 4

function Instants({ forecast, isCounting }: { forecast: Forecast; isCounting: boolean }) {
  const { draftSend: text, codes, format } = useTextOf(draftTexts)
  const { devices, late, unknown, skipped, instants } = forecast
  return (
    <Stack gap="xs" aria-busy={isCounting}>
      <Text size="sm" role="status">
        {text.forecast({ devices, late, unknown, skipped })}
      </Text>
      <Table.ScrollContainer minWidth={360}>
        <Table verticalSpacing={4} aria-label={text.forecastTitle}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{text.forecastWhen}</Table.Th>
              <Table.Th scope="col">{text.forecastZones}</Table.Th>
              <Table.Th scope="col" ta="end">
                {text.forecastDevices}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {instants.map(({ at, code, isLate, devices: n, zones }) => (
              <Table.Tr key={`${at} ${code} ${isLate}`}>
                <Table.Th scope="row" fw={400}>
                  {at === null ? text.notSent(code === null ? '' : codes[code].name) : format.inZone(at)}
                  {at !== null && isLate && ` · ${text.isLate}`}
                </Table.Th>
                <Table.Td>
                  {text.zonesOf(
                    zones.slice(0, MOST_ZONES).map(({ zone }) => zone ?? text.noZone),
                    zones.length - MOST_ZONES,
                  )}
                </Table.Td>
                <Table.Td ta="end" className="figure">
                  {format.number(n)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  )
}
