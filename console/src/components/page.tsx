/** One page: its heading, its title in the tab, and the focus when it has been navigated to. */
import { Box, Group, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './page.module.css'

interface Props {
  title: string
  /** In the tab where the heading says too little alone. */
  tabTitle?: string
  /** Above the heading: where one came from. */
  above?: ReactNode
  /** Beside the heading: a state. */
  aside?: ReactNode
  /** What can be done here. */
  actions?: ReactNode
  children: ReactNode
}

let isFirstPage = true

export function Page({ title, tabTitle, above, aside, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${tabTitle ?? title} · Carillon`
  }, [title, tabTitle])

  // A screen reader reads where it is now. The first page is read by itself, from its beginning.
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
      {children}
    </Box>
  )
}
