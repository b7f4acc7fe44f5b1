import { Badge, Button, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, apiKeysQuery } from '../../api/access.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Panel } from '../../components/panel.tsx'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './access.module.css'
import { NewKeyDialog } from './new-key-dialog.tsx'
import { RevokeDialog } from './revoke-dialog.tsx'

export function ApiKeys() {
  const { access: text } = useTextOf(accessTexts)
  const list = useInfiniteQuery(apiKeysQuery)
  const [isMaking, setMaking] = useState(false)
  const [revoked, setRevoked] = useState<ApiKey | null>(null)
  return (
    <Panel
      title={text.keys}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setMaking(true)}
        >
          {text.createKey}
        </Button>
      }
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {text.keysHint}
        </Text>
        <Answer query={list}>
          {({ pages }) => {
            const keys = pages.flatMap(({ data }) => data)
            if (keys.length === 0) return <Empty title={text.noKeysTitle}>{text.noKeys}</Empty>
            return (
              <>
                <ul className={classes.list} aria-label={text.keys}>
                  {keys.map((key) => (
                    <Row key={key.id} apiKey={key} onRevoke={() => setRevoked(key)} />
                  ))}
                </ul>
                <LoadMore pages={list} />
              </>
            )
          }}
        </Answer>
      </Stack>
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} />}
      {revoked !== null && <RevokeDialog apiKey={revoked} onClose={() => setRevoked(null)} />}
    </Panel>
  )
}

function Row({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { access: text, who, format } = useTextOf(accessTexts)
  const { name, prefix, role, expiresAt, lastUsedAt, revokedAt } = apiKey
  const isExpired = expiresAt !== null && new Date(expiresAt) <= new Date()
  const isOver = revokedAt !== null || isExpired
  return (
    <li className={classes.row} data-over={isOver}>
      <div className={classes.name} dir="auto">
        {name}
        <Text size="xs" c="dimmed" ff="monospace" fw={400}>
          {prefix}…
        </Text>
      </div>
      <Text size="sm">{who.roles[role]}</Text>
      <Text size="sm" c="dimmed" component="div">
        {isOver && (
          <Badge variant="default" tt="none" me="xs">
            {revokedAt !== null ? text.revoked : text.expired}
          </Badge>
        )}
        {lastUsedAt === null ? text.neverUsed : `${text.lastUsed}: ${format.dateTime(lastUsedAt)}`}
        {!isOver && (
          <div>
            {text.expiresAt}: {expiresAt === null ? text.neverExpires : format.dateTime(expiresAt)}
          </div>
        )}
      </Text>
      {revokedAt === null && (
        <Button variant="subtle" color="red" size="xs" onClick={onRevoke} aria-label={text.revokeKey(name)}>
          {text.revoke}
        </Button>
      )}
    </li>
  )
}
