/** The system page: issues first, then the figures. */
import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { SYSTEM_EVERY_MS, systemEvery, systemQuery } from '../../api/system.ts'
import { Answer } from '../../components/answer.tsx'
import { Page } from '../../components/page.tsx'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import { DatabasePanel, QueuePanel, RateLimitPanels } from './figure-panels.tsx'
import { Health } from './health.tsx'
import { LastErrors } from './last-errors.tsx'
import { Processes } from './processes.tsx'
import { Retention } from './retention.tsx'

export function SystemPage() {
  const { system: text } = useTextOf(systemTexts)
  const [isPaused, setPaused] = useState(false)
  const system = useQuery({
    ...systemQuery,
    refetchInterval: isPaused ? false : systemEvery(SYSTEM_EVERY_MS),
  })
  return (
    <Page
      title={text.title}
      actions={
        <Button
          variant="default"
          leftSection={
            isPaused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
          }
          onClick={() => setPaused(!isPaused)}
        >
          {isPaused ? text.resume : text.pause}
        </Button>
      }
    >
      <Answer query={system}>
        {(now) => (
          <Stack gap="md">
            <Health system={now} readAt={system.dataUpdatedAt} />
            <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
              <RateLimitPanels system={now} />
              <QueuePanel system={now} />
              <DatabasePanel system={now} />
            </SimpleGrid>
            <Processes system={now} />
            <LastErrors system={now} />
            <Retention system={now} />
            <Foot at={now.at} version={now.version} isPaused={isPaused} />
          </Stack>
        )}
      </Answer>
    </Page>
  )
}

function Foot({ at, version, isPaused }: { at: string; version: string; isPaused: boolean }) {
  const { system: text, format } = useTextOf(systemTexts)
  const how = isPaused ? text.paused : text.every(format.duration(SYSTEM_EVERY_MS / 1000))
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed" className="figure">
        {text.asOf(format.clock(at))} · {how}
      </Text>
      <Text size="sm" c="dimmed">
        {text.version(version)}
      </Text>
    </Group>
  )
}
