/** What stands beside the fields: on a phone it is folded, so that the fields come first. */
import { useMediaQuery } from '@mantine/hooks'
import type { ReactNode } from 'react'
import classes from './draft-editor.module.css'

const NARROW = '(max-width: 61.99em)'

export function StepAside({ title, children }: { title: string; children: ReactNode }) {
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false }) ?? false
  if (!isNarrow) return <div className={classes.aside}>{children}</div>
  return (
    <div className={classes.aside}>
      <details className={classes.fold}>
        <summary>{title}</summary>
        <div>{children}</div>
      </details>
    </div>
  )
}
