/**
 * Returns the focus to the element that had it before a dialog opened. For dialogs that are mounted only while open:
 * Mantine returns the focus on close, and these are unmounted by then.
 */
import { useEffect, useState } from 'react'

export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (!(before instanceof HTMLElement)) return
      // It may have been in another dialog, which is gone as well.
      const target = before.isConnected ? before : document.querySelector<HTMLElement>('main h1')
      target?.focus({ preventScroll: true })
    },
    [before],
  )
}
