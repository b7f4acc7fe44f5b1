/** How far a campaign at each member's local time is, zone by zone. */
import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Campaign, isMoving, type ZoneProgress, zonesQuery } from '../../api/campaigns.ts'
import { Answer } from '../../components/answer.tsx'
import { Panel } from '../../components/panel.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'

const MOST_ZONES = 4

export function ZonesPanel({ campaign }: { campaign: Campaign }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const query = useQuery(zonesQuery(campaign.id, isMoving(campaign)))
  return (
    <Panel title={text.zonesTitle}>
      <Answer query={query}>
        {({ data }) =>
          data.length === 0 ? <Text size="sm">{text.zonesUnplanned}</Text> : <Zones zones={data} />
        }
      </Answer>
    </Panel>
  )
}

function Zones({ zones }: { zones: ZoneProgress[] }) {
  const { campaign: text, codes, states, format } = useTextOf(campaignTexts)
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing={4} aria-label={text.zonesTitle}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.zonesWhen}</Table.Th>
            <Table.Th scope="col">{text.zonesZones}</Table.Th>
            {[
              text.zonesDevices,
              text.zonesDone,
              states.delivery.sent,
              states.delivery.failed,
              states.delivery.skipped,
            ].map((name) => (
              <Table.Th scope="col" ta="end" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {zones.map((zone) => (
            <Table.Tr key={`${zone.sendAt} ${zone.code}`}>
              <Table.Th scope="row" fw={400}>
                {zone.sendAt === null
                  ? text.zonesNotSent(zone.code === null ? '' : codes[zone.code].name)
                  : format.inZone(zone.sendAt)}
                {!zone.hasBegun && ` · ${text.zonesWaiting}`}
              </Table.Th>
              <Table.Td>
                {text.zonesOf(
                  zone.zones.slice(0, MOST_ZONES).map((name) => name ?? text.zonesNoZone),
                  zone.zones.length - MOST_ZONES,
                )}
              </Table.Td>
              {[zone.devices, zone.devices - zone.remaining, zone.sent, zone.failed, zone.skipped].map(
                (n, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the columns are fixed
                  <Table.Td ta="end" className="figure" key={column}>
                    {format.number(n)}
                  </Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
