import { ActionIcon, Table, Text, VisuallyHidden } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import type { Delivery } from '../../api/deliveries.ts'
import { Clock } from '../../components/clock.tsx'
import { Swatch } from '../../components/progress-bar.tsx'
import { deliveriesTexts } from '../../text/deliveries-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './delivery-table.module.css'

export function DeliveryTable({
  deliveries,
  onOpen,
}: {
  deliveries: Delivery[]
  onOpen: (delivery: Delivery) => void
}) {
  const { deliveries: said, format } = useTextOf(deliveriesTexts)
  return (
    <div className={classes.frame}>
      <Table verticalSpacing="xs" horizontalSpacing="md" aria-label={said.title} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{said.state}</Table.Th>
            <Table.Th>{said.member}</Table.Th>
            <Table.Th visibleFrom="sm">{said.device}</Table.Th>
            <Table.Th visibleFrom="md" ta="end">
              {said.attempt}
            </Table.Th>
            <Table.Th visibleFrom="sm" title={format.zoneName()}>
              {said.time}
            </Table.Th>
            <Table.Th>
              <VisuallyHidden>{said.details}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <Row key={delivery.deviceId} delivery={delivery} onOpen={onOpen} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function Row({ delivery, onOpen }: { delivery: Delivery; onOpen: (delivery: Delivery) => void }) {
  const text = useTextOf(deliveriesTexts)
  const { deliveries: said, shell } = text
  const { deviceId, externalId, platform, address, state, code, attempt, sentAt } = delivery
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.state}>
          <Swatch part={state} />
          {text.states.delivery[state]}
        </span>
        {code !== null && code !== 'ok' && (
          <Text size="xs" c="dimmed">
            {text.codes[code].meaning}
          </Text>
        )}
      </Table.Td>
      <Table.Td className={classes.member} dir="auto">
        {externalId ?? (
          <Text c="dimmed" size="sm">
            {said.deleted}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm" className={classes.device}>
        {platform === null ? shell.none : text.states.platform[platform]}
        {address !== null && (
          <Text size="xs" c="dimmed" ff="monospace">
            {said.addressEnd(address)}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="md" ta="end" className="figure">
        {attempt ?? shell.none}
      </Table.Td>
      <Table.Td visibleFrom="sm" className={classes.time}>
        {sentAt === null ? shell.none : <Clock at={sentAt} hasDay />}
      </Table.Td>
      <Table.Td ta="end">
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={said.detailsOf(externalId ?? deviceId)}
          onClick={() => onOpen(delivery)}
        >
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  )
}
