/** The whole audience as one bar. Every part with a device is visible, even two of ten million. */
import type { Progress } from '../api/campaigns.ts'
import { countOf, PART_COLOR, PARTS, type Part, partName } from '../progress-figures.ts'
import { useText } from '../text/language.tsx'
import classes from './progress-bar.module.css'

export function ProgressBar({ progress, isLarge = false }: { progress: Progress; isLarge?: boolean }) {
  const text = useText()
  const parts = PARTS.filter((part) => countOf(progress, part) > 0)
  const label = parts
    .map((part) => `${partName(part, text)} ${text.format.number(countOf(progress, part))}`)
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
          style={{ flexGrow: countOf(progress, part), background: `var(${PART_COLOR[part]})` }}
        />
      ))}
    </div>
  )
}

/** The color of a part, shown beside its name as a legend of the bar. */
export function Swatch({ part }: { part: Part }) {
  return <span aria-hidden className={classes.swatch} style={{ background: `var(${PART_COLOR[part]})` }} />
}
