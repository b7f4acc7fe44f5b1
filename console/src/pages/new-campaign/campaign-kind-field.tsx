/** Whether the campaign advertises: asked, never assumed. And what Korean members then read. */
import { Radio, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { CAMPAIGN_KINDS, type CampaignKind } from '../../../../src/domain/send-rules.ts'
import { systemQuery } from '../../api/system.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { StepProps } from './draft-editor.tsx'
import type { RulesForm } from './rules-form.ts'

export function CampaignKindField({ draft, wasLeft }: StepProps) {
  const { sendRules: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const usual = useQuery(systemQuery).data?.sendRules.advertiser ?? null
  const { rules } = form
  const put = (next: Partial<RulesForm>) => change({ rules: { ...rules, ...next } })
  const choose = (kind: CampaignKind) => {
    const isEmpty = rules.advertiserName === '' && rules.optOutHint === ''
    const filled = kind === 'advertising' && isEmpty && usual !== null
    put({ kind, ...(filled && { advertiserName: usual.name, optOutHint: usual.optOutHint }) })
  }
  const isMissing = wasLeft && read.rules.advertiserIsMissing
  return (
    <Stack gap="md">
      <Radio.Group
        label={text.kindTitle}
        value={rules.kind}
        onChange={(kind) => choose(kind as CampaignKind)}
        error={wasLeft && read.rules.kindIsMissing && text.kindMissing}
        required
        withAsterisk={false}
      >
        <Stack gap="xs" mt="xs">
          {CAMPAIGN_KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={text.kind[kind]} description={text.kindHint[kind]} />
          ))}
        </Stack>
      </Radio.Group>
      {rules.kind === 'advertising' && (
        <>
          <TextInput
            label={text.advertiserName}
            description={text.advertiserNameHint}
            value={rules.advertiserName}
            onChange={(event) => put({ advertiserName: event.currentTarget.value })}
            error={isMissing && rules.advertiserName.trim() === '' && text.advertiserMissing}
            maxLength={50}
            required
            withAsterisk={false}
          />
          <TextInput
            label={text.optOutHint}
            description={text.optOutHintHint}
            value={rules.optOutHint}
            onChange={(event) => put({ optOutHint: event.currentTarget.value })}
            error={isMissing && rules.optOutHint.trim() === '' && text.advertiserMissing}
            maxLength={100}
            required
            withAsterisk={false}
          />
        </>
      )}
    </Stack>
  )
}
