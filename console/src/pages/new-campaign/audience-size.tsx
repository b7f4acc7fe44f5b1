/** The size of the audience: total, reachable, and by platform. */
import { Button, Group, Loader, Stack, Table, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { type Audience, PLATFORMS } from '../../../../src/domain/campaign.ts'
import type { AudienceCount } from '../../api/drafts.ts'
import { Answer } from '../../components/answer.tsx'
import { Panel } from '../../components/panel.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './audience-size.module.css'
import { useAudienceSize } from './use-audience-size.ts'

const MOST_UNKNOWN = 20

export function AudienceSize({ audience }: { audience: Audience | null }) {
  const { draftAudience: text, shell } = useTextOf(draftTexts)
  const { size, isCounting } = useAudienceSize(audience)
  return (
    <Panel
      title={text.sizeTitle}
      actions={
        audience !== null && (
          <Group gap="xs">
            {isCounting && <Loader size="xs" aria-label={shell.loading} />}
            <Button
              variant="default"
              size="xs"
              leftSection={<IconRefresh size={14} aria-hidden />}
              onClick={() => void size.refetch()}
            >
              {text.countAgain}
            </Button>
          </Group>
        )
      }
    >
      {audience === null ? (
        <Text c="dimmed" size="sm">
          {text.sizeEmpty}
        </Text>
      ) : (
        <Answer query={size}>
          {(count) => <Figures count={count} audience={audience} isCounting={isCounting} />}
        </Answer>
      )}
    </Panel>
  )
}

interface FiguresProps {
  count: AudienceCount
  audience: Audience
  isCounting: boolean
}

function Figures({ count, audience, isCounting }: FiguresProps) {
  const { draftAudience: text, states, format } = useTextOf(draftTexts)
  const { devices, reachable, members, byPlatform, countedAt } = count
  return (
    <Stack gap="sm" aria-busy={isCounting} className={classes.figures}>
      <div className={classes.large} role="status">
        <Figure label={text.devices} value={format.number(devices)} />
        <Figure label={text.reachable} value={format.number(reachable)} />
        <Figure label={text.members} value={format.number(members)} />
      </div>
      <UnknownIds count={count} audience={audience} />
      {devices === 0 && <Text size="sm">{text.noDevices}</Text>}
      {devices > 0 && reachable === 0 && <Text size="sm">{text.noneReachable}</Text>}
      <Table withRowBorders={false} verticalSpacing={4} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.platform}</Table.Th>
            <Table.Th scope="col" ta="end">
              {text.devices}
            </Table.Th>
            <Table.Th scope="col" ta="end">
              {text.reachable}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {PLATFORMS.map((platform) => (
            <Table.Tr key={platform}>
              <Table.Th scope="row" fw={400}>
                {states.platform[platform]}
              </Table.Th>
              <Table.Td ta="end" className="figure">
                {format.number(byPlatform[platform].devices)}
              </Table.Td>
              <Table.Td ta="end" className="figure">
                {format.number(byPlatform[platform].reachable)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        {text.reachableHint} {text.asOf(format.clock(countedAt))}
      </Text>
    </Stack>
  )
}

/** IDs that nobody has: the send would leave them out without a word. */
export function UnknownIds({ count, audience }: { count: AudienceCount; audience: Audience | null }) {
  const { draftAudience: text } = useTextOf(draftTexts)
  const { unknown, unknownIds } = count
  if (unknown === 0 || audience === null || !('externalIds' in audience)) return null
  const all = audience.externalIds.length
  const shown = unknownIds.slice(0, MOST_UNKNOWN).join(', ')
  return (
    <Text size="sm" c="var(--mantine-color-error)" role="status" className={classes.words}>
      {text.unknownIds(unknown, all, unknown > MOST_UNKNOWN ? text.andMore(shown) : shown)}
    </Text>
  )
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz={26} fw={650} lh={1.2} className="figure">
        {value}
      </Text>
    </div>
  )
}
