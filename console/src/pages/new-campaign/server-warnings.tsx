/** What would currently prevent sending. */
import { Alert, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { systemEvery, systemQuery } from '../../api/system.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'

const LOOK_EVERY_MS = 5_000

export function ServerWarnings() {
  const { draftSend: text, format } = useTextOf(draftTexts)
  const { data } = useQuery({ ...systemQuery, refetchInterval: systemEvery(LOOK_EVERY_MS) })
  if (data === undefined) return null
  const dispatchers = data.processes.filter(({ role, isAlive }) => role === 'dispatcher' && isAlive)
  // New campaigns are of the default project, which comes first.
  const { project, blockedUntil = null } = data.rateLimits[0] ?? {}
  const isDown = (process: SystemReply['processes'][number]) =>
    process.breakers?.some((breaker) => breaker.project === project && breaker.state === 'open') ?? false
  const warnings: { title: string; body: string }[] = []
  if (dispatchers.length === 0) warnings.push({ title: text.noDispatcherTitle, body: text.noDispatcher })
  else if (dispatchers.every(isDown)) {
    warnings.push({ title: text.breakerTitle, body: text.breaker })
  }
  if (blockedUntil !== null && new Date(blockedUntil) > new Date(data.at)) {
    warnings.push({ title: text.blockedTitle(format.clock(blockedUntil)), body: text.blocked })
  }
  if (warnings.length === 0) return null
  return (
    <Stack gap="xs">
      {warnings.map(({ title, body }) => (
        <Alert
          key={title}
          color="yellow"
          variant="outline"
          role="status"
          icon={<IconAlertTriangle aria-hidden />}
          title={title}
        >
          {body}
        </Alert>
      ))}
    </Stack>
  )
}
