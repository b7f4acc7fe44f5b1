/** The signed-in user, their role, and sign-out. */
import { Badge, Group, Menu, Text } from '@mantine/core'
import { IconDevices, IconKey, IconLock, IconLogout, IconShieldLock } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { keys } from '../api/query-keys.ts'
import { signOut } from '../api/session.ts'
import { accountTexts } from '../text/account-texts.ts'
import { useText, useTextOf } from '../text/language.tsx'
import classes from './account-menu.module.css'
import { AccountButton } from './header-buttons.tsx'
import { useFailureToast } from './toast.tsx'
import { useSession } from './use-session.ts'

const PasswordDialog = lazy(async () => ({
  default: (await import('./password-dialog.tsx')).PasswordDialog,
}))

const SecondFactorDialog = lazy(async () => ({
  default: (await import('./second-factor-dialog.tsx')).SecondFactorDialog,
}))
const SessionsDialog = lazy(async () => ({
  default: (await import('./sessions-dialog.tsx')).SessionsDialog,
}))

export function AccountMenu({ isWanted }: { isWanted: boolean }) {
  const [dialog, setDialog] = useState<'password' | 'sessions' | 'secondFactor' | null>(null)
  const close = () => setDialog(null)
  const text = useText()
  const { account, who } = useTextOf(accountTexts)
  const session = useSession()
  const client = useQueryClient()
  const router = useRouter()
  const onError = useFailureToast()
  const leave = useMutation({
    mutationFn: signOut,
    onError,
    onSuccess: async () => {
      client.setQueryData(keys.session, null)
      await router.navigate({ to: '/sign-in' })
      // The next user must not see cached data.
      client.clear()
    },
  })

  return (
    <>
      <Menu defaultOpened={isWanted} position="bottom-end" width={260}>
        <Menu.Target>
          <AccountButton />
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who}>
            <Text size="xs" c="dimmed">
              {text.shell.signedInAs}
            </Text>
            <Group gap="xs" justify="space-between" wrap="nowrap">
              <Text fw={600} truncate dir="auto">
                {session.name}
              </Text>
              <Badge variant="default" tt="none">
                {who.roles[session.role]}
              </Badge>
            </Group>
            <Text size="xs" c="dimmed">
              {who.roleHint[session.role]}
            </Text>
            {session.kind === 'api_key' && (
              <Group gap={4} mt={4}>
                <IconKey size={14} aria-hidden />
                <Text size="xs">{text.shell.withApiKey}</Text>
              </Group>
            )}
          </div>
          <Menu.Divider />
          {session.kind === 'user' && (
            <Menu.Item leftSection={<IconLock size={16} aria-hidden />} onClick={() => setDialog('password')}>
              {text.shell.changePassword}
            </Menu.Item>
          )}
          {session.kind === 'user' && (
            <Menu.Item
              leftSection={<IconShieldLock size={16} aria-hidden />}
              onClick={() => setDialog('secondFactor')}
            >
              {account.secondFactor}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconDevices size={16} aria-hidden />}
            onClick={() => setDialog('sessions')}
          >
            {account.sessions}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
            {text.shell.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {dialog === 'password' && <PasswordDialog onClose={close} />}
        {dialog === 'secondFactor' && <SecondFactorDialog onClose={close} />}
        {dialog === 'sessions' && <SessionsDialog onClose={close} />}
      </Suspense>
    </>
  )
}
