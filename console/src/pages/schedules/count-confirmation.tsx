/** Above its limit the server wants the number of devices typed, and says how many there are. */
import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { typedNumber } from '../resend/choose.ts'

export interface CountConfirmation {
  /** Of a request: what was typed; null: the server has not asked. */
  devices: number | null
  isComplete: boolean
  /** Takes what the server asks for; false: it was another problem. */
  take: (error: unknown) => boolean
  /** What is asked about has changed. */
  forget: () => void
  field: { asked: number; typed: string; hasChanged: boolean; type: (typed: string) => void } | null
}

export function useCountConfirmation(): CountConfirmation {
  const [asked, setAsked] = useState<number | null>(null)
  const [hasChanged, setChanged] = useState(false)
  const [typed, setTyped] = useState('')
  return {
    devices: asked,
    isComplete: asked === null || typedNumber(typed) === asked,
    take: (error) => {
      if (!(error instanceof ApiProblem) || error.audience === null) return false
      setAsked(error.audience)
      setChanged(error.code === 'audience_changed')
      setTyped('')
      return true
    },
    forget: () => {
      setAsked(null)
      setTyped('')
    },
    field: asked === null ? null : { asked, typed, hasChanged, type: setTyped },
  }
}

export function CountField({ of: { field } }: { of: CountConfirmation }) {
  const { schedules: text, format } = useTextOf(scheduleTexts)
  if (field === null) return null
  return (
    <>
      {field.hasChanged && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {text.audienceChanged(field.asked)}
        </Text>
      )}
      <TextInput
        label={text.confirm(format.number(field.asked))}
        value={field.typed}
        onChange={(event) => field.type(event.currentTarget.value)}
        inputMode="numeric"
        autoComplete="off"
        autoFocus
      />
    </>
  )
}
