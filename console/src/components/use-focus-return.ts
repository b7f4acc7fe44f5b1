/**
 * Gives the focus back to what had it when a dialog came. For dialogs that are there only while they are open: Mantine's
 * give it back when they are told to close, and these are gone by then.
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
