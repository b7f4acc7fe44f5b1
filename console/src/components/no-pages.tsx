/** For a role without pages, such as that of a key which only registers devices. Loaded when it is shown. */
import { IconLock } from '@tabler/icons-react'
import { useTextOf } from '../text/language.tsx'
import { roleTexts } from '../text/role-texts.ts'
import { Empty } from './empty.tsx'
import { useSession } from './use-session.ts'

export function NoPages() {
  const { who } = useTextOf(roleTexts)
  const { role } = useSession()
  return (
    <Empty icon={<IconLock size={40} aria-hidden />} title={who.noPagesTitle}>
      {who.roles[role]}: {who.roleHint[role]} {who.noPages}
    </Empty>
  )
}
