/** The dialog behind api/reauthenticate.ts, loaded when it is asked for. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { answerWith } from '../api/reauthenticate.ts'

const ConfirmSession = lazy(async () => ({
  default: (await import('./confirm-session.tsx')).ConfirmSession,
}))

export function Reauthenticate() {
  const [isAsked, setAsked] = useState(false)
  const answer = useRef<((isGiven: boolean) => void) | null>(null)
  useEffect(() => {
    answerWith(() => {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      answer.current = resolve
      setAsked(true)
      return promise
    })
    return () => {
      answerWith(null)
      answer.current?.(false)
    }
  }, [])
  if (!isAsked) return null
  return (
    <Suspense>
      <ConfirmSession
        onDone={(isGiven) => {
          setAsked(false)
          answer.current?.(isGiven)
        }}
      />
    </Suspense>
  )
}
