/** One page: its heading, document title and initial focus. */
import { Box, Group, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './page.module.css'
import { ServerSilence } from './server-silence.tsx'

interface Props {
  title: string
  /** Document title, if the heading alone is not specific enough. */
  tabTitle?: string
  /** Above the heading: the link to the parent page. */
  above?: ReactNode
  /** Beside the heading: a status. */
  aside?: ReactNode
  /** Buttons. */
  actions?: ReactNode
  children: ReactNode
}

let isFirstPage = true

export function Page({ title, tabTitle, above, aside, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${tabTitle ?? title} · Carillon`
  }, [title, tabTitle])

  // Moves a screen reader to the heading after navigation. The first page is read from its start anyway.
  useEffect(() => {
    if (isFirstPage) isFirstPage = false
    else heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <Box className={classes.page}>
      {above}
      <Group justify="space-between" align="flex-start" gap="md" mb="lg">
        <Group gap="sm" align="center" className={classes.heading}>
          <Title order={1} size="h2" ref={heading} tabIndex={-1} dir="auto" className={classes.title}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      <ServerSilence />
      {children}
    </Box>
  )
}
