/** The main navigation. */
import { NavLink } from '@mantine/core'
import {
  IconActivity,
  IconCalendarMonth,
  IconHistory,
  IconHome,
  IconKey,
  IconRepeat,
  IconSend,
  IconTableImport,
  IconUsers,
} from '@tabler/icons-react'
import { Link, useLocation } from '@tanstack/react-router'
import type { Permission } from '../../../src/domain/permissions.ts'
import { useText } from '../text/language.tsx'
import classes from './shell.module.css'
import { useSession } from './use-session.ts'

/** `needs`: one of these permissions. */
const LINKS = [
  { to: '/', label: 'overview', icon: IconHome, needs: ['campaigns:read'] },
  { to: '/campaigns', label: 'campaigns', icon: IconSend, needs: ['campaigns:read'] },
  { to: '/calendar', label: 'calendar', icon: IconCalendarMonth, needs: ['campaigns:read'] },
  { to: '/schedules', label: 'schedules', icon: IconRepeat, needs: ['campaigns:read'] },
  { to: '/members', label: 'members', icon: IconUsers, needs: ['people:read'] },
  { to: '/import', label: 'import', icon: IconTableImport, needs: ['devices:import'] },
  { to: '/system', label: 'system', icon: IconActivity, needs: ['system:read'] },
  { to: '/activity', label: 'activity', icon: IconHistory, needs: ['audit:read'] },
  { to: '/access', label: 'access', icon: IconKey, needs: ['users:manage', 'keys:manage'] },
] as const satisfies readonly { needs: readonly Permission[]; [more: string]: unknown }[]

/** The pages that the session may see. */
export function useLinks() {
  const { permissions } = useSession()
  return LINKS.filter(({ needs }) => needs.some((permission) => permissions.includes(permission)))
}

export function NavLinks() {
  const { shell } = useText()
  const path = useLocation({ select: ({ pathname }) => pathname })
  return useLinks().map(({ to, label, icon: Icon }) => {
    const isHere = path === to || (to !== '/' && path.startsWith(`${to}/`))
    return (
      <NavLink
        key={to}
        className={classes.link}
        component={Link}
        to={to}
        label={shell[label]}
        leftSection={<Icon size={18} stroke={1.75} aria-hidden />}
        active={isHere}
        aria-current={isHere ? 'page' : undefined}
      />
    )
  })
}
