/**
 * Returns the focus to the element that had it before a dialog opened. For dialogs that are mounted only while open:
 * Mantine returns the focus on close, and these are unmounted by then.
 */
import { useEffect, useState } from 'react'

/** Dialogs close within 200 ms. */
const CLOSED_MS = 400

export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
      focusHeadingIfNothingIs()
      // It may have been in another dialog, which is still closing and takes the focus along.
      setTimeout(focusHeadingIfNothingIs, CLOSED_MS)
    },
    [before],
  )
}

function focusHeadingIfNothingIs(): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
}
