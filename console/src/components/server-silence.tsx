/** Says on every page that the server does not answer any more, and loads everything anew when it does. */
import { Alert } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useText } from '../text/language.tsx'
import { useServerAge } from './use-server-age.ts'

export function ServerSilence() {
  const { problems: text, format } = useText()
  const { silentSince } = useServerAge()
  const client = useQueryClient()
  const wasSilent = useRef(false)
  useEffect(() => {
    if (wasSilent.current && silentSince === null) void client.invalidateQueries()
    wasSilent.current = silentSince !== null
  }, [silentSince, client])
  if (silentSince === null) return null
  return (
    <Alert
      role="alert"
      mb="md"
      color="red"
      variant="outline"
      icon={<IconPlugConnectedX aria-hidden />}
      title={text.silentTitle(format.clock(new Date(silentSince)))}
    >
      {text.silent}
    </Alert>
  )
}
