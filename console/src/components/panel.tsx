/** A surface with a heading, from which pages are built. */
import { Box, Group, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './panel.module.css'

export function Panel({
  title,
  actions,
  children,
}: {
  title?: string
  actions?: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <Box component="section" className={classes.panel} aria-labelledby={title === undefined ? undefined : id}>
      {(title !== undefined || actions !== undefined) && (
        <Group justify="space-between" gap="sm" mb="sm">
          {title !== undefined && (
            <Title order={2} size="h4" id={id} className={classes.title}>
              {title}
            </Title>
          )}
          {actions}
        </Group>
      )}
      {children}
    </Box>
  )
}
