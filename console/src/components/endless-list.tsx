/** A paged list: rows, the next page, the end, and the empty states. */
import { Button, Stack, Text } from '@mantine/core'
import { IconFilterOff } from '@tabler/icons-react'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Answer } from './answer.tsx'
import { Empty } from './empty.tsx'
import { LoadMore } from './load-more.tsx'

interface Props<T> {
  query: UseInfiniteQueryResult<{ pages: { data: T[] }[] }>
  isFiltered: boolean
  onClearFilter: () => void
  /** Shown when the list is empty without a filter. */
  icon: ReactNode
  text: {
    emptyTitle: string
    empty: string
    noMatchTitle: string
    noMatch: string
    clear: string
    end: (count: number) => string
  }
  children: (rows: T[]) => ReactNode
}

export function EndlessList<T>({ query, isFiltered, onClearFilter, icon, text, children }: Props<T>) {
  return (
    <Answer query={query}>
      {({ pages }) => {
        const rows = pages.flatMap(({ data }) => data)
        if (rows.length > 0) {
          return (
            <Stack gap="md" aria-busy={query.isPlaceholderData}>
              {children(rows)}
              {query.hasNextPage ? (
                <LoadMore pages={query} />
              ) : (
                <Text c="dimmed" size="sm" ta="center">
                  {text.end(rows.length)}
                </Text>
              )}
            </Stack>
          )
        }
        if (!isFiltered) {
          return (
            <Empty icon={icon} title={text.emptyTitle}>
              {text.empty}
            </Empty>
          )
        }
        return (
          <Empty
            icon={<IconFilterOff size={40} aria-hidden />}
            title={text.noMatchTitle}
            action={
              <Button variant="default" mt="sm" onClick={onClearFilter}>
                {text.clear}
              </Button>
            }
          >
            {text.noMatch}
          </Empty>
        )
      }}
    </Answer>
  )
}
