/** Text from the server, which is always English: folded away below a sentence in the user's language. */
import type { ReactNode } from 'react'
import { useText } from '../text/language.tsx'
import classes from './server-text.module.css'

export function ServerText({ isFolded, children }: { isFolded: boolean; children: ReactNode }) {
  const { problems } = useText()
  if (!isFolded) return children
  return (
    <details>
      <summary className={classes.summary}>{problems.technicalDetails}</summary>
      <div lang="en">{children}</div>
    </details>
  )
}
