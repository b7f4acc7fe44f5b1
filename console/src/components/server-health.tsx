/** Whether the server answers, in the header of every page. A page says more: server-silence.tsx. */
import { Text } from '@mantine/core'
import { useText } from '../text/language.tsx'
import classes from './server-health.module.css'
import { useServerAge } from './use-server-age.ts'

export function ServerHealth() {
  const { shell, problems, format } = useText()
  const { silentSince } = useServerAge()
  const isSilent = silentSince !== null
  const said = isSilent ? problems.silentTitle(format.clock(new Date(silentSince))) : shell.server
  return (
    <div
      role="img"
      aria-label={said}
      title={said}
      className={classes.health}
      data-silent={isSilent || undefined}
    >
      <span aria-hidden className={classes.dot} />
      {isSilent && (
        <Text span size="sm" visibleFrom="md" aria-hidden>
          {said}
        </Text>
      )}
    </div>
  )
}
