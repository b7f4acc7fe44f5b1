/** One thing to know about a campaign, with what can be done about it. */
import { IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Tone } from '../../campaign-tone.ts'
import classes from './status-lines.module.css'

interface LineProps {
  tone?: Tone
  icon?: ReactNode
  title?: string
  /** Read out at once. */
  isUrgent?: boolean
  actions?: ReactNode
  children?: ReactNode
}

export function StatusLine({ tone = 'neutral', icon, title, isUrgent, actions, children }: LineProps) {
  return (
    <div className={classes.line} data-tone={tone} role={isUrgent ? 'alert' : 'status'}>
      <span className={classes.icon}>{icon ?? <IconInfoCircle size={18} aria-hidden />}</span>
      <div className={classes.words}>
        {title !== undefined && <strong className={classes.title}>{title}</strong>} {children}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
