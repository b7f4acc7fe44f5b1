/** The audience as one bar. Every non-zero part stays visible, even two devices out of ten million. */
import type { Progress } from '../api/campaigns.ts'
import { PART_COLOR, PARTS, type Part, partName } from '../progress-figures.ts'
import { useText } from '../text/language.tsx'
import classes from './progress-bar.module.css'

export function ProgressBar({ progress, isLarge = false }: { progress: Progress; isLarge?: boolean }) {
  const text = useText()
  const parts = PARTS.filter((part) => progress[part] > 0)
  const label = parts
    .map((part) => `${partName(part, text)} ${text.format.number(progress[part])}`)
    .join(', ')
  return (
    <div
      role="img"
      aria-label={label === '' ? text.campaigns.notStarted : label}
      className={isLarge ? `${classes.bar} ${classes.large}` : classes.bar}
    >
      {parts.map((part) => (
        <span
          key={part}
          className={classes.part}
          style={{ flexGrow: progress[part], background: PART_COLOR[part] }}
        />
      ))}
    </div>
  )
}

/** The color key beside the name of a part. */
export function Swatch({ part }: { part: Part }) {
  return <span aria-hidden className={classes.swatch} style={{ background: PART_COLOR[part] }} />
}
