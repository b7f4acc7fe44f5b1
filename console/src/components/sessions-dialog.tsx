/** Where the user is signed in. Loaded when it is opened. */
import { Badge, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '../api/query-keys.ts'
import { endSessions, type OwnSession, ownSessionsQuery } from '../api/session.ts'
import { browserName } from '../browser-name.ts'
import { accountTexts } from '../text/account-texts.ts'
import { useTextOf } from '../text/language.tsx'
import { Answer } from './answer.tsx'
import { ProblemAlert } from './problem-alert.tsx'
import { toastDone } from './toast.tsx'
import { useFocusReturn } from './use-focus-return.ts'

export function SessionsDialog({ onClose }: { onClose: () => void }) {
  useFocusReturn()
  const { account: text, shell } = useTextOf(accountTexts)
  const client = useQueryClient()
  const query = useQuery(ownSessionsQuery)
  const end = useMutation({
    mutationFn: endSessions,
    onSuccess: async (_done, id) => {
      toastDone(id === null ? text.othersEnded : text.ended, shell.close)
      await client.invalidateQueries({ queryKey: keys.ownSessions })
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={text.sessionsTitle}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {text.sessionsHint}
        </Text>
        {end.isError && <ProblemAlert error={end.error} />}
        <Answer query={query}>
          {(sessions) => (
            <>
              <Stack gap="md" component="ul" p={0} m={0} aria-label={text.sessionsTitle}>
                {sessions.map((session) => (
                  <Row
                    key={session.id}
                    session={session}
                    isEnding={end.isPending && end.variables === session.id}
                    onEnd={() => end.mutate(session.id)}
                  />
                ))}
              </Stack>
              {sessions.length === 1 ? (
                <Text size="sm">{text.onlyThis}</Text>
              ) : (
                <Group justify="flex-end">
                  <Button
                    variant="default"
                    loading={end.isPending && end.variables === null}
                    onClick={() => end.mutate(null)}
                  >
                    {text.endOthers}
                  </Button>
                </Group>
              )}
            </>
          )}
        </Answer>
      </Stack>
    </Modal>
  )
}

interface RowProps {
  session: OwnSession
  isEnding: boolean
  onEnd: () => void
}

function Row({ session, isEnding, onEnd }: RowProps) {
  const { account: text, format } = useTextOf(accountTexts)
  const { browser, system } = browserName(session.browser)
  const name =
    browser !== null && system !== null
      ? text.browserOn(browser, system)
      : (browser ?? system ?? text.unknownBrowser)
  return (
    <Group component="li" justify="space-between" wrap="nowrap" style={{ listStyle: 'none' }}>
      <div>
        <Group gap="xs">
          <Text size="sm" fw={550} title={session.browser ?? undefined}>
            {name}
          </Text>
          {session.isThisOne && (
            <Badge variant="default" tt="none">
              {text.thisOne}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {text.signedInAt(format.dateTime(session.createdAt), session.address ?? text.unknownAddress)}
        </Text>
        <Text size="xs" c="dimmed">
          {text.lastSeen(format.dateTime(session.seenAt))}
        </Text>
      </div>
      {!session.isThisOne && (
        <Button
          variant="subtle"
          color="red"
          size="xs"
          loading={isEnding}
          onClick={onEnd}
          aria-label={text.endOne(name)}
        >
          {text.end}
        </Button>
      )}
    </Group>
  )
}
