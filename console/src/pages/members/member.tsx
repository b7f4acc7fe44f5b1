/** One member: attributes, devices and deliveries. */
import { Badge, Code, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type MemberDetail, memberQuery } from '../../api/members.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { Nothing } from '../../components/not-found.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './member.module.css'
import { MemberDeliveries } from './member-deliveries.tsx'

export function MemberPage() {
  const { members: text } = useTextOf(membersTexts)
  const { externalId } = useParams({ from: '/signed-in/members/$externalId' })
  const member = useQuery(memberQuery(externalId))
  const isMissing = member.error instanceof ApiProblem && member.error.status === 404
  return (
    <Page
      title={externalId}
      above={<BackLink to="/members">{text.back}</BackLink>}
      aside={
        member.data?.optedOut && (
          <Badge variant="default" tt="none" size="lg">
            {text.optedOut}
          </Badge>
        )
      }
    >
      {isMissing ? (
        <Nothing />
      ) : (
        <Answer query={member}>
          {(known) => (
            <Stack gap="md">
              <Facts member={known} />
              <Devices member={known} />
              <MemberDeliveries externalId={externalId} />
            </Stack>
          )}
        </Answer>
      )}
    </Page>
  )
}

function Facts({ member }: { member: MemberDetail }) {
  const { members: text, format, shell } = useTextOf(membersTexts)
  const { locale, timezone, createdAt, attributes, optedOut } = member
  const pairs = Object.entries(attributes)
  return (
    <Panel>
      {optedOut && (
        <Text size="sm" mb="sm">
          {text.optedOutHint}
        </Text>
      )}
      <dl className={classes.facts}>
        <dt>{text.locale}</dt>
        <dd>{locale ?? shell.none}</dd>
        <dt>{text.timezone}</dt>
        <dd>{timezone ?? shell.none}</dd>
        <dt>{text.createdAt}</dt>
        <dd>{format.dateTime(createdAt)}</dd>
        <dt>{text.attributes}</dt>
        <dd>
          {pairs.length === 0 && text.noAttributes}
          {pairs.map(([name, value]) => (
            <div key={name} dir="auto">
              <Code>{name}</Code> {typeof value === 'string' ? value : JSON.stringify(value)}
            </div>
          ))}
        </dd>
      </dl>
    </Panel>
  )
}

function Devices({ member: { deviceList, devices } }: { member: MemberDetail }) {
  const { members: text, states, format, codes } = useTextOf(membersTexts)
  return (
    <Panel title={text.deviceList}>
      {deviceList.length === 0 && <Text size="sm">{text.noDevices}</Text>}
      <ul className={classes.list}>
        {deviceList.map(({ deviceId, platform, address, state, lastSeenAt, goneAt, goneCode }) => (
          <li key={deviceId} className={classes.device}>
            <div>
              <Text fw={550}>{states.platform[platform]}</Text>
              <Text size="xs" c="dimmed" ff="monospace">
                …{address}
              </Text>
            </div>
            <div>
              <Text size="sm" fw={550} {...(state === 'gone' && { c: 'var(--mantine-color-error)' })}>
                {goneAt === null ? text[state] : text.goneSince(format.dateTime(goneAt))}
              </Text>
              {goneCode !== null && (
                <Text size="sm" c="dimmed">
                  {codes[goneCode].meaning}
                </Text>
              )}
            </div>
            <Text size="sm" c="dimmed">
              {text.lastSeen}: {format.dateTime(lastSeenAt)}
            </Text>
          </li>
        ))}
      </ul>
      {devices > deviceList.length && (
        <Text size="sm" c="dimmed" mt="xs">
          {text.deviceListTruncated(deviceList.length)}
        </Text>
      )}
    </Panel>
  )
}
