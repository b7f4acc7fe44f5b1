import { Badge, Button, Text } from '@mantine/core'
import { IconPencil, IconUserPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type User, usersQuery } from '../../api/access.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Panel } from '../../components/panel.tsx'
import { useSession } from '../../components/use-session.ts'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './access.module.css'
import { UserDialog } from './user-dialog.tsx'

export function Users() {
  const { access: text } = useTextOf(accessTexts)
  const list = useInfiniteQuery(usersQuery)
  const [edited, setEdited] = useState<User | 'new' | null>(null)
  return (
    <Panel
      title={text.users}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconUserPlus size={14} aria-hidden />}
          onClick={() => setEdited('new')}
        >
          {text.addUser}
        </Button>
      }
    >
      <Answer query={list}>
        {({ pages }) => {
          const users = pages.flatMap(({ data }) => data)
          if (users.length === 0) return <Empty title={text.noUsersTitle}>{text.noUsers}</Empty>
          return (
            <>
              <ul className={classes.list} aria-label={text.users}>
                {users.map((user) => (
                  <Row key={user.id} user={user} onEdit={() => setEdited(user)} />
                ))}
              </ul>
              <LoadMore pages={list} />
            </>
          )
        }}
      </Answer>
      {edited !== null && (
        <UserDialog user={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
    </Panel>
  )
}

function Row({ user, onEdit }: { user: User; onEdit: () => void }) {
  const { access: text, who, format } = useTextOf(accessTexts)
  const session = useSession()
  const { name, role, disabledAt, lastSeenAt } = user
  const isSelf = session.kind === 'user' && session.name === name
  return (
    <li className={classes.row} data-over={disabledAt !== null}>
      <div className={classes.name} dir="auto">
        {name}
        {isSelf && (
          <Text span size="sm" c="dimmed" fw={400}>
            {' '}
            ({text.you})
          </Text>
        )}
      </div>
      <div>
        <Text size="sm">{who.roles[role]}</Text>
        {user.hasSecondFactor && (
          <Text size="xs" c="dimmed">
            {text.hasSecondFactor}
          </Text>
        )}
      </div>
      <Text size="sm" c="dimmed">
        {disabledAt !== null && (
          <Badge variant="default" tt="none" me="xs">
            {text.disabled}
          </Badge>
        )}
        {lastSeenAt === null ? text.neverSignedIn : `${text.lastActive}: ${format.dateTime(lastSeenAt)}`}
      </Text>
      <Button
        variant="subtle"
        size="xs"
        leftSection={<IconPencil size={14} aria-hidden />}
        onClick={onEdit}
        aria-label={text.changeUser(name)}
      >
        {text.change}
      </Button>
    </li>
  )
}
