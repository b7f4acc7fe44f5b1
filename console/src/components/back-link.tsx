/** The link above a heading to the parent page. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { createLink } from '@tanstack/react-router'
import type { ComponentPropsWithRef } from 'react'
import classes from './page.module.css'

type Props = AnchorProps & Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps>

/** The router marks a link to a parent address as the current page, which a screen reader would announce. */
export const BackLink = createLink(({ children, ...props }: Props) => (
  <Anchor size="sm" display="inline-flex" mb="xs" {...props} className={classes.back} aria-current={false}>
    <IconArrowLeft size={14} aria-hidden />
    <span dir="auto">{children}</span>
  </Anchor>
))
