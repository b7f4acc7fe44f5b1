/** Details of one device in this campaign: its result, and its results in every resend. */
import { Code, Drawer, Stack, Text, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { attemptsQuery, type Delivery, type DeviceAttempt } from '../../api/deliveries.ts'
import { Answer } from '../../components/answer.tsx'
import { TextLink } from '../../components/links.tsx'
import { deliveriesTexts } from '../../text/deliveries-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './attempts-drawer.module.css'

interface Props {
  campaignId: string
  delivery: Delivery | null
  onClose: () => void
}

export function AttemptsDrawer({ campaignId, delivery, onClose }: Props) {
  const { deliveries: text, shell } = useTextOf(deliveriesTexts)
  // Keeps the content readable while the drawer closes.
  const [shown, setShown] = useState(delivery)
  useEffect(() => {
    if (delivery !== null) setShown(delivery)
  }, [delivery])
  return (
    <Drawer
      opened={delivery !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={shown?.externalId ?? text.deleted}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {shown !== null && <Content campaignId={campaignId} delivery={shown} />}
    </Drawer>
  )
}

function Content({ campaignId, delivery }: { campaignId: string; delivery: Delivery }) {
  const text = useTextOf(deliveriesTexts)
  const { deliveries: said } = text
  const { deviceId, externalId, platform, address, kind } = delivery
  const query = useQuery(attemptsQuery(campaignId, deviceId))
  return (
    <Stack gap="lg">
      <dl className={classes.facts}>
        <dt>{said.platform}</dt>
        <dd>{platform === null ? said.deleted : text.states.platform[platform]}</dd>
        <dt>{said.address}</dt>
        <dd>
          {address === null ? said.deleted : <Code>{said.addressEnd(address)}</Code>}
          {kind !== null && ` ${text.states.addressKind[kind]}`}
        </dd>
        <dt>{said.deviceId}</dt>
        <dd>
          <Code>{deviceId}</Code>
        </dd>
      </dl>
      {externalId !== null && (
        <TextLink to="/members/$externalId" params={{ externalId }} size="sm">
          {said.showMember}
        </TextLink>
      )}
      <div>
        <Text component="h3" fw={650} size="md" m={0}>
          {said.attemptsTitle}
        </Text>
        <Text size="sm" c="dimmed" mb="md">
          {said.attemptsIntro}
        </Text>
        <Answer query={query}>
          {({ data }) => (
            <Timeline
              bulletSize={16}
              lineWidth={2}
              active={data.length - 1}
              styles={{ itemTitle: { lineHeight: 1.3 } }}
            >
              {data.map((attempt) => (
                <Timeline.Item
                  key={attempt.campaignId}
                  title={<AttemptTitle attempt={attempt} here={campaignId} />}
                >
                  <AttemptBody attempt={attempt} isHere={attempt.campaignId === campaignId} />
                </Timeline.Item>
              ))}
            </Timeline>
          )}
        </Answer>
      </div>
    </Stack>
  )
}

function AttemptTitle({ attempt, here }: { attempt: DeviceAttempt; here: string }) {
  const { deliveries: said } = useTextOf(deliveriesTexts)
  const name = attempt.resendOnly === null ? said.firstSend : said.resent[attempt.resendOnly]
  return attempt.campaignId === here ? `${name} (${said.thisCampaign})` : name
}

function AttemptBody({ attempt, isHere }: { attempt: DeviceAttempt; isHere: boolean }) {
  const text = useTextOf(deliveriesTexts)
  const { deliveries: said, caps, format } = text
  const { state, code, attempt: tries, messageId, messageVersion, cappedBy, sentAt, campaignId } = attempt
  return (
    <Stack gap={4} mt={4}>
      <Text size="sm" fw={600}>
        {state === 'waiting' ? text.states.waiting : text.states.delivery[state]}
        {tries !== null && (
          <Text span size="sm" c="dimmed">
            {' · '}
            {said.attemptNumber(tries)}
          </Text>
        )}
      </Text>
      {state === 'waiting' ? (
        <Text size="sm">{said.waiting}</Text>
      ) : (
        <Text size="sm">{code === null ? text.states.deliveryHint[state] : text.codes[code].meaning}</Text>
      )}
      {sentAt !== null && (
        <Text size="sm" c="dimmed">
          {format.exactTime(sentAt)}
        </Text>
      )}
      {messageVersion !== null && (
        <Text size="sm" c="dimmed">
          {said.messageVersion(messageVersion)}
        </Text>
      )}
      {messageId !== null && (
        <Text size="xs" c="dimmed" className={classes.id}>
          {said.messageId} <Code>{messageId}</Code>
        </Text>
      )}
      {cappedBy !== null && (
        <Text size="sm">
          {caps.cappedBy}{' '}
          <TextLink to="/campaigns/$id" params={{ id: cappedBy }} size="sm" underline="always">
            {cappedBy}
          </TextLink>
        </Text>
      )}
      {!isHere && (
        <TextLink to="/campaigns/$id" params={{ id: campaignId }} size="sm">
          {said.openCampaign}
        </TextLink>
      )}
    </Stack>
  )
}
