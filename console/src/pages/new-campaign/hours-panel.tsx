/** At which hours devices may get the message: the night of an advertisement, and the send window. */
import { Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { phaseAt } from '../../../../src/domain/daily-hours.ts'
import {
  NIGHT_RULES,
  type NightRule,
  OUTSIDE_RULES,
  type SendWindow,
} from '../../../../src/domain/send-rules.ts'
import { systemQuery } from '../../api/system.ts'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ownZone, zonesFrom } from '../../zones.ts'
import { mayWait, type RulesForm } from './rules-form.ts'
import type { Draft } from './use-draft.ts'

const LOOK_EVERY_MS = 30_000
/** Until the server has said its own. */
const USUAL_NIGHT = { from: '21:00', until: '08:00' }

export function HoursPanel({ draft }: { draft: Draft }) {
  const { sendRules: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { rules } = form
  const system = useQuery(systemQuery).data?.sendRules
  const { from, until } = system?.night ?? USUAL_NIGHT
  const now = useNow(LOOK_EVERY_MS)
  const startsAt = read.startsAt?.at ?? now
  const isNight = system !== undefined && isNightAt(startsAt, system)
  const put = (next: Partial<RulesForm>) => change({ rules: { ...rules, ...next } })
  return (
    <Panel>
      <Stack gap="lg">
        {rules.kind === 'advertising' && (
          <Radio.Group
            label={text.nightTitle}
            value={rules.night}
            onChange={(night) => put({ night: night as NightRule })}
          >
            <Stack gap="sm" mt="xs">
              {NIGHT_RULES.map((each) => (
                <Radio
                  key={each}
                  value={each}
                  label={text.night[each]}
                  description={text.nightHint(from, until)[each]}
                />
              ))}
            </Stack>
            {isNight && (
              <Text size="sm" mt="xs" role="status">
                {text.nightNow(from, until)}
              </Text>
            )}
          </Radio.Group>
        )}
        <Radio.Group
          label={text.windowTitle}
          value={rules.hasWindow ? 'some' : 'none'}
          onChange={(value) => put({ hasWindow: value === 'some' })}
        >
          <Stack gap="sm" mt="xs">
            <Radio value="none" label={text.windowNone} description={text.windowNoneHint} />
            <Radio value="some" label={text.windowSome} description={text.windowSomeHint} />
          </Stack>
        </Radio.Group>
        {rules.hasWindow && <WindowFields rules={rules} put={put} isWrong={read.rules.windowIsWrong} />}
        {mayWait(rules) && (
          <NotAfterFields
            rules={rules}
            put={put}
            zone={form.schedule.zone}
            isWrong={read.rules.notAfterIsWrong}
          />
        )}
        {form.schedule.when !== 'local' && mayWaitForZone(rules) && (
          <DefaultZoneField
            zone={rules.defaultZone}
            onChange={(defaultZone) => put({ defaultZone })}
            serverZone={system?.defaultZone}
          />
        )}
      </Stack>
    </Panel>
  )
}

/** Only then does it matter where a member is. */
function mayWaitForZone({ kind, hasWindow }: RulesForm): boolean {
  return kind === 'advertising' || hasWindow
}

interface WindowProps {
  rules: RulesForm
  put: (next: Partial<RulesForm>) => void
  isWrong: boolean
}

function WindowFields({ rules, put, isWrong }: WindowProps) {
  const { sendRules: text } = useTextOf(draftTexts)
  return (
    <>
      <Group gap="md" align="flex-start">
        <TextInput
          type="time"
          label={text.windowFrom}
          value={rules.windowFrom}
          onChange={(event) => put({ windowFrom: event.currentTarget.value })}
          error={isWrong && text.windowWrong}
        />
        <TextInput
          type="time"
          label={text.windowUntil}
          value={rules.windowUntil}
          onChange={(event) => put({ windowUntil: event.currentTarget.value })}
          error={isWrong}
        />
      </Group>
      <Radio.Group
        label={text.outsideTitle}
        value={rules.outside}
        onChange={(outside) => put({ outside: outside as SendWindow['outside'] })}
      >
        <Stack gap="sm" mt="xs">
          {OUTSIDE_RULES.map((each) => (
            <Radio key={each} value={each} label={text.outside[each]} />
          ))}
        </Stack>
      </Radio.Group>
    </>
  )
}

function NotAfterFields({ rules, put, zone, isWrong }: WindowProps & { zone: string }) {
  const { sendRules: text } = useTextOf(draftTexts)
  return (
    <Group gap="md" align="flex-start">
      <TextInput
        type="date"
        label={text.notAfter}
        description={text.notAfterHint(zone)}
        value={rules.notAfterDate}
        onChange={(event) => put({ notAfterDate: event.currentTarget.value })}
        error={isWrong && text.notAfterWrong}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        flex="1 1 14rem"
        maw="24rem"
      />
      <TextInput
        type="time"
        label={text.notAfterTime}
        value={rules.notAfterTime}
        onChange={(event) => put({ notAfterTime: event.currentTarget.value })}
        error={isWrong}
      />
    </Group>
  )
}

interface ZoneProps {
  zone: string
  onChange: (zone: string) => void
  serverZone: string | undefined
}

function DefaultZoneField({ zone, onChange, serverZone }: ZoneProps) {
  const { sendRules: text, draft } = useTextOf(draftTexts)
  const zones = useMemo(() => zonesFrom(ownZone()), [])
  const ofServer = serverZone === undefined ? '' : ` (${serverZone})`
  return (
    <Select
      label={text.defaultZone}
      data={[{ value: '', label: `${text.defaultZoneOfServer}${ofServer}` }, ...zones]}
      value={zone}
      onChange={(next) => onChange(next ?? '')}
      searchable
      allowDeselect={false}
      nothingFoundMessage={draft.zoneNotFound}
      limit={100}
      maw="24rem"
    />
  )
}

/** False as well in a zone that the server knows and this browser does not. */
function isNightAt(at: Date, { night, defaultZone }: SystemReply['sendRules']): boolean {
  try {
    return phaseAt(at.getTime(), night, defaultZone).isWithin
  } catch {
    return false
  }
}
