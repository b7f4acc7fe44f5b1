/** How often members may be sent to at all, and on how many devices. */
import { Checkbox, Radio, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { systemQuery } from '../../api/system.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { RulesForm } from './rules-form.ts'
import type { Draft } from './use-draft.ts'

export function CapFields({ draft: { form, change } }: { draft: Draft }) {
  const { caps: text } = useTextOf(draftTexts)
  const caps = useQuery(systemQuery).data?.sendRules.caps
  const { rules } = form
  const put = (next: Partial<RulesForm>) => change({ rules: { ...rules, ...next } })
  return (
    <>
      <Radio.Group
        label={text.devicesTitle}
        value={rules.oncePerMember ? 'one' : 'every'}
        onChange={(value) => put({ oncePerMember: value === 'one' })}
      >
        <Stack gap="sm" mt="xs">
          <Radio value="every" label={text.everyDevice} />
          <Radio value="one" label={text.oneDevice} description={text.oneDeviceHint} />
        </Stack>
      </Radio.Group>
      <Checkbox.Group
        label={text.title}
        description={caps && text.rules(caps)}
        value={[...(rules.ignoresCaps ? ['ignores'] : []), ...(rules.countsTowardCaps ? ['counts'] : [])]}
        onChange={(chosen) =>
          put({ ignoresCaps: chosen.includes('ignores'), countsTowardCaps: chosen.includes('counts') })
        }
      >
        <Stack gap="sm" mt="xs">
          <Checkbox value="ignores" label={text.ignores} description={text.ignoresHint} />
          <Checkbox value="counts" label={text.counts} description={text.countsHint} />
        </Stack>
      </Checkbox.Group>
    </>
  )
}

/** What differs from what is usual, in the review. */
export function CapWords({ rules }: { rules: RulesForm }) {
  const { caps: text } = useTextOf(draftTexts)
  return text.switches(rules).map((line) => (
    <Text key={line} size="sm" component="div">
      {line}
    </Text>
  ))
}
