/** The buttons at the end of the header. Their menus come later: header-menus.tsx. */
import { ActionIcon, Text, UnstyledButton } from '@mantine/core'
import { IconBell, IconLanguage, IconUserCircle } from '@tabler/icons-react'
import type { ComponentProps } from 'react'
import { useText } from '../text/language.tsx'
import classes from './header-buttons.module.css'
import { useSession } from './use-session.ts'

export type ButtonProps = Omit<ComponentProps<'button'>, 'disabled' | 'color'>

export function BellButton({ unseen = 0, ...button }: ButtonProps & { unseen?: number }) {
  const { shell } = useText()
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      pos="relative"
      aria-label={unseen === 0 ? shell.notices : shell.unreadNotices(unseen)}
      color="gray"
      {...button}
    >
      <IconBell size={20} aria-hidden />
      {unseen > 0 && <span aria-hidden className={classes.mark} />}
    </ActionIcon>
  )
}

export function AppearanceButton(button: ButtonProps) {
  const { shell } = useText()
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      aria-label={`${shell.language}, ${shell.theme}`}
      color="gray"
      {...button}
    >
      <IconLanguage size={20} aria-hidden />
    </ActionIcon>
  )
}

export function AccountButton(button: ButtonProps) {
  const { shell } = useText()
  const { name } = useSession()
  return (
    <UnstyledButton aria-label={shell.account(name)} {...button} className={classes.account}>
      <IconUserCircle size={22} stroke={1.6} aria-hidden />
      <Text size="sm" visibleFrom="sm" maw="12rem" truncate>
        {name}
      </Text>
    </UnstyledButton>
  )
}
