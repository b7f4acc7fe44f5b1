/** Shown during a first load. */
import { Center, Loader } from '@mantine/core'
import { useText } from '../text/language.tsx'

export function Loading() {
  const text = useText()
  return (
    <Center mih="12rem" role="status" aria-label={text.shell.loading}>
      <Loader />
    </Center>
  )
}
