/** The main navigation. */
import { NavLink } from '@mantine/core'
import { IconActivity, IconKey, IconSend, IconUsers } from '@tabler/icons-react'
import { Link, useLocation } from '@tanstack/react-router'
import { useText } from '../text/language.tsx'
import classes from './shell.module.css'
import { useMay } from './use-session.ts'

export function NavLinks() {
  const { shell } = useText()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const isAdmin = useMay('admin')
  const links = [
    { to: '/campaigns', label: shell.campaigns, icon: IconSend },
    { to: '/members', label: shell.members, icon: IconUsers },
    { to: '/system', label: shell.system, icon: IconActivity },
    ...(isAdmin ? [{ to: '/access', label: shell.access, icon: IconKey } as const] : []),
  ] as const
  return links.map(({ to, label, icon: Icon }) => {
    const isHere = path === to || path.startsWith(`${to}/`) || (to === '/members' && path === '/import')
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
