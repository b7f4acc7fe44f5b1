/** The pages one goes to from anywhere. */
import { NavLink } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { Link, useLocation } from '@tanstack/react-router'
import { useText } from '../text/language.tsx'
import classes from './shell.module.css'

export function NavLinks() {
  const { shell } = useText()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const links = [{ to: '/campaigns', label: shell.campaigns, icon: IconSend }] as const
  return links.map(({ to, label, icon: Icon }) => {
    const isHere = path === to || path.startsWith(`${to}/`)
    return (
      <NavLink
        key={to}
        className={classes.link}
        component={Link}
        to={to}
        label={label}
        leftSection={<Icon size={18} aria-hidden />}
        active={isHere}
        aria-current={isHere ? 'page' : undefined}
      />
    )
  })
}
