/**
 * Returns the focus to the element that had it before a dialog opened. For dialogs that are mounted only while open:
 * Mantine returns the focus on close, and these are unmounted by then.
 */
import { useEffect, useState } from 'react'

export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    },
    [before],
  )
}
