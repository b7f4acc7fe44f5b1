/** Typed router links with Mantine's look: an unknown address fails the type check. */
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentPropsWithRef } from 'react'

type Props<Own> = Own & Omit<ComponentPropsWithRef<'a'>, keyof Own>

export const TextLink = createLink((props: Props<AnchorProps>) => <Anchor {...props} />)
export const ButtonLink = createLink((props: Props<ButtonProps>) => <Button component="a" {...props} />)
