/** A time in short; with seconds and the zone in its tooltip. */
import { Tooltip } from '@mantine/core'
import { useText } from '../text/language.tsx'

/** The time of day, or with the day before it. */
export function Clock({ at, hasDay = false }: { at: string; hasDay?: boolean }) {
  const { format } = useText()
  return (
    <Tooltip label={format.exactTime(at)} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the date in the tooltip is for those who use a keyboard, too. */}
      <time dateTime={at} tabIndex={0}>
        {hasDay ? format.dateTime(at) : format.clock(at)}
      </time>
    </Tooltip>
  )
}
