/** Edits language, time zone and attributes of a member. */
import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MemberDetail } from '../../api/members.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { readAttributes } from './read-attributes.ts'
import { useMemberChange } from './use-member-change.ts'

export function EditDialog({ member, onClose }: { member: MemberDetail; onClose: () => void }) {
  useFocusReturn()
  const { memberChange: text, shell } = useTextOf(membersTexts)
  const [locale, setLocale] = useState(member.locale ?? '')
  const [timezone, setTimezone] = useState(member.timezone ?? '')
  const [json, setJson] = useState(() => JSON.stringify(member.attributes, null, 2))
  const [isPressed, setPressed] = useState(false)
  const { change, isPending, error, current } = useMemberChange(member, () => {
    toastDone(text.saved, shell.close)
    onClose()
  })
  const { attributes, problem } = readAttributes(json)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setPressed(true)
    if (attributes === null) return
    change({ changes: { locale: locale.trim() || null, timezone: timezone.trim() || null, attributes } })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.editTitle}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={text.locale}
            description={text.localeHint}
            value={locale}
            onChange={(event) => setLocale(event.currentTarget.value)}
            maxLength={64}
            data-autofocus
          />
          <TextInput
            label={text.timezone}
            description={text.timezoneHint}
            value={timezone}
            onChange={(event) => setTimezone(event.currentTarget.value)}
            maxLength={64}
          />
          <Textarea
            label={text.attributes}
            description={text.attributesHint}
            value={json}
            onChange={(event) => setJson(event.currentTarget.value)}
            error={isPressed && problem !== null && text[problem]}
            autosize
            minRows={4}
            maxRows={16}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          {current !== null && <ChangedMeanwhile current={current} hint={text.changedBody} />}
          {error !== null && current === null && <ProblemAlert error={error} />}
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
    </Modal>
  )
}
