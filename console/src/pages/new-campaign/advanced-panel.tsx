/** Folded, because the defaults are right for most: frequency caps, devices of a member, the send rate, the priority, and what to do if a response is lost. */
import { NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { GUARANTEES, type Guarantee } from '../../../../src/domain/campaign.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { CapFields } from './cap-fields.tsx'
import editor from './draft-editor.module.css'
import { DEFAULT_PRIORITY } from './draft-form.ts'
import { secondsToSend } from './time-to-send.ts'
import { useAudienceSize } from './use-audience-size.ts'
import type { Draft } from './use-draft.ts'

const PRIORITIES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const FIRST_RATE = '60000'

export function AdvancedPanel({ draft }: { draft: Draft }) {
  const { draft: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { ignoresCaps, countsTowardCaps, oncePerMember } = form.rules
  const isDefault =
    form.ratePerMinute === '' &&
    form.priority === DEFAULT_PRIORITY &&
    form.guarantee === 'at_least_once' &&
    !ignoresCaps &&
    countsTowardCaps &&
    !oncePerMember
  return (
    <details className={editor.fold} open={!isDefault || read.rateIsWrong || undefined}>
      <summary>{text.advancedSending}</summary>
      <Stack gap="lg">
        <CapFields draft={draft} />
        <SpeedFields draft={draft} />
        <Radio.Group
          label={text.guaranteeTitle}
          description={text.guaranteeIntro}
          value={form.guarantee}
          onChange={(guarantee) => change({ guarantee: guarantee as Guarantee })}
        >
          <Stack gap="sm" mt="xs">
            {GUARANTEES.map((each) => (
              <Radio
                key={each}
                value={each}
                label={text.guarantee[each]}
                description={text.guaranteeHint[each]}
              />
            ))}
          </Stack>
        </Radio.Group>
        <NativeSelect
          label={text.priority}
          description={text.priorityHint}
          value={String(form.priority)}
          onChange={(event) => change({ priority: Number(event.currentTarget.value) })}
          data={PRIORITIES.map((n) => ({ value: String(n), label: text.priorityName(n) }))}
          maw="16rem"
        />
      </Stack>
    </details>
  )
}

function SpeedFields({ draft: { form, change, read } }: { draft: Draft }) {
  const { draft: text } = useTextOf(draftTexts)
  const [isLimited, setLimited] = useState(form.ratePerMinute !== '')
  const choose = (limited: boolean) => {
    setLimited(limited)
    change({ ratePerMinute: limited ? FIRST_RATE : '' })
  }
  return (
    <Stack gap="md">
      <Radio.Group
        label={text.speedTitle}
        value={isLimited ? 'limited' : 'full'}
        onChange={(value) => choose(value === 'limited')}
      >
        <Stack gap="sm" mt="xs">
          <Radio value="full" label={text.speedFull} description={text.speedFullHint} />
          <Radio value="limited" label={text.speedLimited} description={text.speedLimitedHint} />
        </Stack>
      </Radio.Group>
      {isLimited && (
        <div>
          <TextInput
            label={text.rate}
            inputMode="numeric"
            value={form.ratePerMinute}
            onChange={(event) => change({ ratePerMinute: event.currentTarget.value })}
            error={(read.rateIsWrong || form.ratePerMinute.trim() === '') && text.rateInvalid}
            maw="16rem"
          />
          <Takes read={read} />
        </div>
      )}
    </Stack>
  )
}

/** The duration at this rate alone; the last step also considers the server's rate limit. */
function Takes({ read }: Pick<Draft, 'read'>) {
  const { draft: text, draftSend, format } = useTextOf(draftTexts)
  const { size } = useAudienceSize(read.audience.audience)
  const rate = read.body?.ratePerMinute
  if (size.data === undefined || rate === undefined || rate === null) return null
  const seconds = secondsToSend(
    size.data.devices,
    { messagesPerMinute: null, share: 1, rampSeconds: 0 },
    rate,
  )
  if (seconds === null) return null
  return (
    <Text size="sm" c="dimmed" mt={4} role="status">
      {text.rateDuration(draftSend.devices(size.data.devices), format.aboutDuration(seconds))}
    </Text>
  )
}
