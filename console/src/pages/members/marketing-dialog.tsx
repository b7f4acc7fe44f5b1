/** Records that a member consents to advertising, or has withdrawn that: now, or as of the time when they said so. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MemberDetail } from '../../api/members.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { isUnlikely } from './consent-dialog.tsx'
import type { ConsentName } from './member-facts.tsx'
import { useMemberChange } from './use-member-change.ts'

interface Props {
  of: ConsentName
  member: MemberDetail
  onClose: () => void
}

export function MarketingDialog({ of, member, onClose }: Props) {
  useFocusReturn()
  const { memberChange: text, shell } = useTextOf(membersTexts)
  // What was asked for stays the same while the dialog is open, whatever is stored meanwhile.
  const [isGiven] = useState(member.consents[of].since === null)
  const [saidAt, setSaidAt] = useState('')
  const { change, isPending, error, current } = useMemberChange(member, () => {
    toastDone(text.consentRecorded, shell.close)
    onClose()
  })
  const at = saidAt === '' ? null : new Date(saidAt)
  const isWrong = at !== null && isUnlikely(at)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isWrong) return
    const changes = {
      [`${of}Consent`]: isGiven,
      ...(at !== null && { [`${of}ConsentAt`]: at.toISOString() }),
    }
    change({ changes, isSafe: !isGiven })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={isGiven ? text.giveTitle : text.withdrawTitle}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" fw={600}>
            {text.consentOf[of]}
          </Text>
          <Text size="sm">{isGiven ? text.giveBody : text.withdrawBody}</Text>
          <TextInput
            type="datetime-local"
            label={text.saidAt}
            description={text.saidAtHint}
            value={saidAt}
            onChange={(event) => setSaidAt(event.currentTarget.value)}
            error={isWrong && text.saidAtUnlikely}
          />
          {current !== null && <ChangedMeanwhile current={current} hint={text.changedConsent} />}
          {error !== null && current === null && <ProblemAlert error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>
              {shell.cancel}
            </Button>
            <Button type="submit" color={isGiven ? 'slate' : 'red'} loading={isPending}>
              {isGiven ? text.giveConsent : text.withdrawConsent}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
