import { Badge, Button, Group, Stack, Text } from '@mantine/core'
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
import { RotateDialog } from './rotate-dialog.tsx'

export function ApiKeys() {
  const { access: text } = useTextOf(accessTexts)
  const list = useInfiniteQuery(apiKeysQuery)
  const [isMaking, setMaking] = useState(false)
  const [revoked, setRevoked] = useState<ApiKey | null>(null)
  const [rotated, setRotated] = useState<ApiKey | null>(null)
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
                    <Row
                      key={key.id}
                      apiKey={key}
                      onRotate={() => setRotated(key)}
                      onRevoke={() => setRevoked(key)}
                    />
                  ))}
                </ul>
                <LoadMore pages={list} />
              </>
            )
          }}
        </Answer>
      </Stack>
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} />}
      {rotated !== null && <RotateDialog apiKey={rotated} onClose={() => setRotated(null)} />}
      {revoked !== null && <RevokeDialog apiKey={revoked} onClose={() => setRevoked(null)} />}
    </Panel>
  )
}

interface RowProps {
  apiKey: ApiKey
  onRotate: () => void
  onRevoke: () => void
}

function Row({ apiKey, onRotate, onRevoke }: RowProps) {
  const { access: text, who, format } = useTextOf(accessTexts)
  const { name, prefix, role, expiresAt, lastUsedAt, revokedAt } = apiKey
  const used = (at: string | null) =>
    at === null ? text.neverUsed : `${text.lastUsed}: ${format.dateTime(at)}`
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
      <div>
        <Text size="sm">{who.roles[role]}</Text>
        {apiKey.isLimited && (
          <Text size="xs" c="dimmed">
            {text.limitedTo(apiKey.permissions.map((permission) => text.permission[permission]))}
          </Text>
        )}
        {apiKey.allowedAddresses.length > 0 && (
          <Text size="xs" c="dimmed">
            {text.allowedFrom(apiKey.allowedAddresses)}
          </Text>
        )}
      </div>
      <Text size="sm" c="dimmed" component="div">
        {isOver && (
          <Badge variant="default" tt="none" me="xs">
            {revokedAt !== null ? text.revoked : text.expired}
          </Badge>
        )}
        {used(lastUsedAt)}
        {!isOver && (
          <div>
            {text.expiresAt}: {expiresAt === null ? text.neverExpires : format.dateTime(expiresAt)}
          </div>
        )}
        {!isOver &&
          apiKey.oldSecrets.map((old) => (
            <div key={old.prefix}>
              {text.oldSecret(old.prefix, format.dateTime(old.endsAt), used(old.lastUsedAt))}
            </div>
          ))}
      </Text>
      <Group gap={4} justify="flex-end" wrap="nowrap">
        {!isOver && (
          <Button variant="subtle" size="xs" onClick={onRotate} aria-label={text.rotateKey(name)}>
            {text.rotate}
          </Button>
        )}
        {revokedAt === null && (
          <Button variant="subtle" color="red" size="xs" onClick={onRevoke} aria-label={text.revokeKey(name)}>
            {text.revoke}
          </Button>
        )}
      </Group>
    </li>
  )
}
