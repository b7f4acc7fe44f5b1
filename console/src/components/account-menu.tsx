/** Name and role of the session, and the sign-out. */
import { Badge, Group, Menu, Text, UnstyledButton } from '@mantine/core'
import { IconKey, IconLogout, IconUserCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { keys } from '../api/query-keys.ts'
import { signOut } from '../api/session.ts'
import { useText } from '../text/language.tsx'
import classes from './account-menu.module.css'
import { useFailureToast } from './toast.tsx'
import { useSession } from './use-session.ts'

export function AccountMenu() {
  const text = useText()
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
      // The next user must not see cached data of this one.
      client.clear()
    },
  })

  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton className={classes.button} aria-label={text.shell.account(session.name)}>
          <IconUserCircle size={22} stroke={1.6} aria-hidden />
          <Text size="sm" visibleFrom="sm" maw="12rem" truncate>
            {session.name}
          </Text>
        </UnstyledButton>
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
              {text.shell.roles[session.role]}
            </Badge>
          </Group>
          <Text size="xs" c="dimmed">
            {text.shell.roleMeans[session.role]}
          </Text>
          {session.kind === 'api_key' && (
            <Group gap={4} mt={4}>
              <IconKey size={14} aria-hidden />
              <Text size="xs">{text.shell.withApiKey}</Text>
            </Group>
          )}
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
          {text.shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
