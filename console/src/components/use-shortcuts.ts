/** Listens to the shortcuts, except while a dialog has the page. */
import { useEffect, useEffectEvent } from 'react'
import { type Shortcut, shortcutOf } from '../shortcuts.ts'

export function useShortcuts(onShortcut: (shortcut: Shortcut) => void): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.repeat) return
    const shortcut = shortcutOf(event, isTypedInto(event.target))
    if (shortcut === null || document.querySelector('[aria-modal="true"]') !== null) return
    event.preventDefault()
    onShortcut(shortcut)
  })
  useEffect(() => {
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}

/** Whether keys that are pressed there are text. */
function isTypedInto(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
}
