/** For a large audience the user types its size before sending; if it could not be counted, the campaign name. */
import { TextInput } from '@mantine/core'
import { Panel } from '../../components/panel.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'

const CONFIRM_ABOVE = 10_000

/** `devices` is null if they could not be counted. */
export function isConfirmed(typed: string, devices: number | null, name: string): boolean {
  if (devices === null) return typed.trim() === name
  return devices <= CONFIRM_ABOVE || numberOf(typed) === devices
}

interface Props {
  devices: number | null
  name: string
  typed: string
  onType: (typed: string) => void
}

export function SizeConfirmation({ devices, name, typed, onType }: Props) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  if (devices !== null && devices <= CONFIRM_ABOVE) return null
  const wanted = devices === null ? name : format.number(devices)
  // No error while the number is incomplete.
  const isWrong = typed.length >= wanted.length && !isConfirmed(typed, devices, name)
  return (
    <Panel>
      <TextInput
        label={devices === null ? text.confirmName(wanted) : text.confirm(wanted)}
        description={devices === null ? text.confirmNameHint : text.confirmHint}
        value={typed}
        onChange={(event) => onType(event.currentTarget.value)}
        {...(devices !== null && { inputMode: 'numeric' as const })}
        error={isWrong && text.confirmWrong(wanted)}
        autoComplete="off"
        maw="28rem"
      />
    </Panel>
  )
}

/** Accepts the separators of any language. */
function numberOf(typed: string): number | null {
  const digits = typed.replaceAll(/[\s,.'’_]/g, '')
  return /^\d+$/.test(digits) ? Number(digits) : null
}
