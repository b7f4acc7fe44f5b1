/** Asks for the number of devices, or shows that it has changed: everything of the one version beside it. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { PressLabel } from './press-label.tsx'
import { ReviewFacts } from './review-facts.tsx'
import { StartHints } from './start-hints.tsx'
import type { Draft } from './use-draft.ts'
import type { Asked, PressState } from './use-press.ts'

export function SendDialog({ draft, press }: { draft: Draft; press: PressState }) {
  const { draftSend: text, shell } = useTextOf(draftTexts)
  const { asked, close } = press
  return (
    <Modal
      // A conflict is settled first; the version that was asked about is gone.
      opened={asked !== null && draft.saved.conflict === null}
      onClose={close}
      title={titleOf(draft, text)}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {asked !== null && (
        // Another number or another version is another question: what was typed is gone.
        <Question
          key={`${asked.devices} ${draft.saved.campaign?.version}`}
          draft={draft}
          press={press}
          asked={asked}
        />
      )}
    </Modal>
  )
}

function titleOf({ read, isScheduled }: Draft, text: typeof draftTexts.en.draftSend): string {
  if (!read.isForLater) return text.confirmTitle
  return isScheduled ? text.confirmChangeTitle : text.confirmScheduleTitle
}

function Question({ draft, press, asked }: { draft: Draft; press: PressState; asked: Asked }) {
  const { draftSend: text, shell, format } = useTextOf(draftTexts)
  const { devices, mustType, before } = asked
  const [typed, setTyped] = useState('')
  const [isPressed, setPressed] = useState(false)
  const wanted = format.number(devices)
  const isRight = numberOf(typed) === devices
  const isWrong = !isRight && (isPressed || typed.trim().length >= wanted.length)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setPressed(true)
        if (!mustType || isRight) press.confirm()
      }}
    >
      <Stack gap="md">
        {before !== null && (
          <Text fw={600} role="alert">
            {text.audienceChanged(text.devices(before), text.devices(devices))}
          </Text>
        )}
        <ReviewFacts draft={draft} count={undefined} />
        {draft.read.isForLater && <StartHints draft={draft} />}
        {mustType && (
          <TextInput
            label={text.confirm(wanted)}
            description={text.confirmHint}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputMode="numeric"
            error={isWrong && (typed.trim() === '' ? text.confirmEmpty : text.confirmWrong(wanted))}
            autoComplete="off"
            maw="28rem"
            data-autofocus
          />
        )}
        {press.problem !== null && (
          <ProblemAlert error={press.problem} title={text.failed} onRetry={press.again} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={press.close}>
            {shell.cancel}
          </Button>
          <Button type="submit" loading={press.isPending}>
            <PressLabel draft={draft} devices={devices} />
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Accepts the separators of any language. */
function numberOf(typed: string): number | null {
  const digits = typed.replaceAll(/[\s,.'’_]/g, '')
  return /^\d+$/.test(digits) ? Number(digits) : null
}
