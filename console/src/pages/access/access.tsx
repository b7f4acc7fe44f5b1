/** Users and API keys. Admins only. */
import { Stack } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { Empty } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Users } from './users.tsx'

export function Access() {
  const { access: text } = useTextOf(accessTexts)
  const mayManageUsers = useMay('users:manage')
  const mayManageKeys = useMay('keys:manage')
  return (
    <Page title={text.title}>
      {mayManageUsers || mayManageKeys ? (
        <Stack gap="md">
          {mayManageUsers && <Users />}
          {mayManageKeys && <ApiKeys />}
        </Stack>
      ) : (
        <Empty icon={<IconLock size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      )}
    </Page>
  )
}
