/** The end of a list of pages: fetches the next one when it is scrolled to, or pressed. */
import { Button, Center } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { useEffect } from 'react'
import { useText } from '../text/language.tsx'

interface Pages {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  isFetchNextPageError: boolean
  fetchNextPage: () => unknown
}

export function LoadMore({ pages }: { pages: Pages }) {
  const text = useText()
  const { ref, entry } = useIntersection({ rootMargin: '400px' })
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = pages
  // After an error it waits for a press: it would ask for ever while the end is in sight.
  const goesOn = entry?.isIntersecting === true && hasNextPage && !isFetchingNextPage && !isFetchNextPageError
  useEffect(() => {
    if (goesOn) void fetchNextPage()
  }, [goesOn, fetchNextPage])
  if (!hasNextPage) return null
  return (
    <Center ref={ref} py="md">
      <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {text.shell.loadMore}
      </Button>
    </Center>
  )
}
