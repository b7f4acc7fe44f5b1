/** Opts a member out or back in, now or as of the time when they said so. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MemberDetail } from '../../api/members.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useFocusReturn } from '../../components/use-focus-return.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { useMemberChange } from './use-member-change.ts'

/** Nobody had push notifications before. A year such as 26 is a slip, and every other statement would be later than it. */
const EARLIEST = new Date('2008-01-01T00:00:00Z')
/** As the server allows: see src/domain/check-member.ts. */
const CLOCKS_DIFFER_MS = 5 * 60_000

export function isUnlikely(at: Date): boolean {
  return at < EARLIEST || at.getTime() > Date.now() + CLOCKS_DIFFER_MS
}

export function ConsentDialog({ member, onClose }: { member: MemberDetail; onClose: () => void }) {
  useFocusReturn()
  const { memberChange: text, shell } = useTextOf(membersTexts)
  // What was asked for stays the same while the dialog is open, whatever is stored meanwhile.
  const [optsOut] = useState(!member.optedOut)
  const [saidAt, setSaidAt] = useState('')
  const { change, isPending, error, current } = useMemberChange(member, () => {
    toastDone(optsOut ? text.optedOutDone : text.optedInDone, shell.close)
    onClose()
  })
  const at = saidAt === '' ? null : new Date(saidAt)
  const isWrong = at !== null && isUnlikely(at)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isWrong) return
    const consentAt = at === null ? {} : { consentAt: at.toISOString() }
    change({ changes: { optedOut: optsOut, ...consentAt }, isSafe: optsOut })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={optsOut ? text.optOutTitle : text.optInTitle}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{optsOut ? text.optOutBody : text.optInBody}</Text>
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
            <Button type="submit" color={optsOut ? 'red' : 'slate'} loading={isPending}>
              {optsOut ? text.optOut : text.optIn}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
