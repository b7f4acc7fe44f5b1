/**
 * Where toasts appear: in the empty lower part of the navigation, and on a narrow screen below the header, where the page
 * and dialogs move down for as long. They cover nothing that can be pressed.
 */
import { Notifications } from '@mantine/notifications'
import { useEffect, useRef } from 'react'
import './toast-region.css'

export function ToastRegion() {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const region = ref.current?.querySelector('[data-position="bottom-left"]')
    if (region == null) return
    const observer = new ResizeObserver(() => {
      const { height } = region.getBoundingClientRect()
      document.documentElement.style.setProperty('--toasts', `${height}px`)
    })
    observer.observe(region)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={ref}>
      <Notifications position="bottom-left" autoClose={8_000} withinPortal={false} />
    </div>
  )
}
