/** The frame around every page of a signed-in user. */
import { ActionIcon, AppShell, Burger, Group, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import icon from '../icon.svg'
import { useText } from '../text/language.tsx'
import { Account, Appearance, Notices } from './header-menus.tsx'
import { NavLinks } from './nav-links.tsx'
import { Reauthenticate } from './reauthenticate.tsx'
import { ServerHealth } from './server-health.tsx'
import classes from './shell.module.css'
import { useMay } from './use-session.ts'
import { useShortcuts } from './use-shortcuts.ts'

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}))
const ShortcutHelp = lazy(async () => ({ default: (await import('./shortcut-help.tsx')).ShortcutHelp }))

export function Shell() {
  const { shell } = useText()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [dialog, setDialog] = useState<'commands' | 'help' | null>(null)
  const navigate = useNavigate()
  const mayRead = useMay('campaigns:read')
  const mayWrite = useMay('campaigns:write')
  const path = useLocation({ select: ({ pathname }) => pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the navigation closes on every change of page.
  useEffect(close, [path])

  useShortcuts((shortcut) => {
    if (shortcut === 'new') {
      if (mayWrite) void navigate({ to: '/campaigns/new' })
    } else if (shortcut === 'help') {
      setDialog('help')
    } else if (shortcut === 'commands' || !focusSearch()) {
      setDialog('commands')
    }
  })

  return (
    <AppShell
      header={{ height: 'var(--header)' }}
      navbar={{ width: 'var(--navbar)', breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'lg' }}
    >
      <a href="#content" className={classes.skip}>
        {shell.skip}
      </a>
      <AppShell.Header className={classes.surface}>
        <Group h="100%" px="md" gap="sm" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? shell.closeNavigation : shell.openNavigation}
              aria-expanded={isOpen}
            />
            <UnstyledButton component={Link} to="/" className={classes.brand} aria-label="Carillon">
              <img src={icon} alt="" width={24} height={24} />
              <Text fw={600} size="lg" visibleFrom="xs">
                Carillon
              </Text>
            </UnstyledButton>
          </Group>
          <UnstyledButton
            className={classes.search}
            visibleFrom="sm"
            onClick={() => setDialog('commands')}
            aria-keyshortcuts={IS_MAC ? 'Meta+K' : 'Control+K'}
          >
            <IconSearch size={16} aria-hidden />
            <span className={classes.searchText}>{shell.search}</span>
            <kbd aria-hidden className={classes.key}>
              {IS_MAC ? '⌘K' : 'Ctrl K'}
            </kbd>
          </UnstyledButton>
          <Group gap={2} wrap="nowrap">
            <ServerHealth />
            <ActionIcon
              hiddenFrom="sm"
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={shell.commands}
              onClick={() => setDialog('commands')}
            >
              <IconSearch size={20} aria-hidden />
            </ActionIcon>
            {mayRead && <Notices />}
            <Appearance />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={shell.navigation} className={classes.surface}>
        <NavLinks />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Outlet />
      </AppShell.Main>
      <Reauthenticate />
      <Suspense>
        {dialog === 'commands' && (
          <CommandPalette onClose={() => setDialog(null)} onHelp={() => setDialog('help')} />
        )}
        {dialog === 'help' && <ShortcutHelp onClose={() => setDialog(null)} />}
      </Suspense>
    </AppShell>
  )
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** The search of the page itself, if it has one. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]')
  field?.focus()
  field?.select()
  return field !== null
}
