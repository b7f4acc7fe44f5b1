/** How a check or an import went, beside its figures: green only where no row was rejected. */
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import type { ImportVerdict } from './import-verdict.ts'

const ICONS = {
  complete: { Icon: IconCircleCheck, color: 'var(--sent)' },
  partial: { Icon: IconAlertTriangle, color: 'var(--in-doubt)' },
  failed: { Icon: IconCircleX, color: 'var(--failed)' },
} as const

export function VerdictIcon({ verdict }: { verdict: ImportVerdict }) {
  const { Icon, color } = ICONS[verdict]
  return <Icon size={20} color={color} aria-hidden data-verdict={verdict} style={{ flex: 'none' }} />
}
