/** Edits language, time zone and attributes of a member. */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MemberDetail } from '../../api/members.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { WritingDialog } from '../../components/writing-dialog.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { readAttributes } from './read-attributes.ts'
import { refusedField, useMemberChange } from './use-member-change.ts'

export function EditDialog({ member, onClose }: { member: MemberDetail; onClose: () => void }) {
  useFocusReturn()
  const { memberChange: text, shell } = useTextOf(membersTexts)
  const [locale, setLocale] = useState(member.locale ?? '')
  const [timezone, setTimezone] = useState(member.timezone ?? '')
  const [before] = useState(() => JSON.stringify(member.attributes, null, 2))
  const [json, setJson] = useState(before)
  const [isPressed, setPressed] = useState(false)
  const { change, isPending, error, current } = useMemberChange(member, () => {
    toastDone(text.saved, shell.close)
    onClose()
  })
  const { attributes, problem } = readAttributes(json)
  const isChanged =
    locale !== (member.locale ?? '') || timezone !== (member.timezone ?? '') || json !== before
  // What was refused is said of what was sent, not of what is being typed since.
  const refused = refusedField(error, ['locale', 'timezone', 'attributes'] as const)
  const typed = `${locale}\n${timezone}\n${json}`
  const [sent, setSent] = useState('')
  const refusal = (field: 'locale' | 'timezone' | 'attributes') =>
    refused === field && typed === sent && text.refused[field]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setPressed(true)
    if (attributes === null) return
    setSent(typed)
    change({ changes: { locale: locale.trim() || null, timezone: timezone.trim() || null, attributes } })
  }
  return (
    <WritingDialog title={text.editTitle} size="lg" isTyped={isChanged} onClose={onClose}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={text.locale}
            description={text.localeHint}
            value={locale}
            onChange={(event) => setLocale(event.currentTarget.value)}
            maxLength={64}
            error={refusal('locale')}
            data-autofocus
          />
          <TextInput
            label={text.timezone}
            description={text.timezoneHint}
            value={timezone}
            onChange={(event) => setTimezone(event.currentTarget.value)}
            maxLength={64}
            error={refusal('timezone')}
          />
          <Textarea
            label={text.attributes}
            description={text.attributesHint}
            value={json}
            onChange={(event) => setJson(event.currentTarget.value)}
            error={(isPressed && problem !== null && text[problem]) || refusal('attributes')}
            autosize
            minRows={4}
            maxRows={16}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          {current !== null && <ChangedMeanwhile current={current} hint={text.changedBody} />}
          {error !== null && refused === null && current === null && <ProblemAlert error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button type="submit" loading={isPending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </WritingDialog>
  )
}
