/** The main navigation. */
import { NavLink } from '@mantine/core'
import { IconActivity, IconKey, IconSend, IconUsers } from '@tabler/icons-react'
import { Link, useLocation } from '@tanstack/react-router'
import type { Permission } from '../../../src/domain/permissions.ts'
import { useText } from '../text/language.tsx'
import classes from './shell.module.css'
import { useSession } from './use-session.ts'

/** `needs`: one of these permissions. */
const LINKS = [
  { to: '/campaigns', label: 'campaigns', icon: IconSend, needs: ['campaigns:read'] },
  { to: '/members', label: 'members', icon: IconUsers, needs: ['people:read'] },
  { to: '/system', label: 'system', icon: IconActivity, needs: ['system:read'] },
  { to: '/access', label: 'access', icon: IconKey, needs: ['users:manage', 'keys:manage'] },
] as const satisfies readonly { needs: readonly Permission[]; [more: string]: unknown }[]

export function NavLinks() {
  const { shell } = useText()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const { permissions } = useSession()
  const links = LINKS.filter(({ needs }) => needs.some((permission) => permissions.includes(permission)))
  return links.map(({ to, label, icon: Icon }) => {
    const isHere = path === to || path.startsWith(`${to}/`) || (to === '/members' && path === '/import')
    return (
      <NavLink
        key={to}
        className={classes.link}
        component={Link}
        to={to}
        label={shell[label]}
        leftSection={<Icon size={18} aria-hidden />}
        active={isHere}
        aria-current={isHere ? 'page' : undefined}
      />
    )
  })
}
