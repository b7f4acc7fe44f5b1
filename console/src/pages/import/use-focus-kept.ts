/**
 * Moves the focus to what has replaced the element that had it. Without it the keyboard is back at the top of the page after
 * each step, and a screen reader says nothing.
 */
import { type RefObject, useEffect, useRef } from 'react'

export function useFocusKept(step: string): RefObject<HTMLDivElement | null> {
  const content = useRef<HTMLDivElement>(null)
  const last = useRef(step)
  useEffect(() => {
    if (last.current === step) return
    last.current = step
    if (document.activeElement === document.body) content.current?.focus({ preventScroll: true })
  }, [step])
  return content
}
