/** One member: consent, attributes, devices and deliveries, and what people may do to it. */
import { Badge, Button, Stack, Text } from '@mantine/core'
import { IconUserQuestion } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type MemberDetail, memberQuery } from '../../api/members.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ConsentDialog } from './consent-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { MarketingDialog } from './marketing-dialog.tsx'
import classes from './member.module.css'
import { MemberDeliveries } from './member-deliveries.tsx'
import { type ConsentName, MemberFacts } from './member-facts.tsx'

type Asked = 'consent' | 'edit' | 'erase' | ConsentName | null

export function MemberPage() {
  const { members: text, memberChange: said } = useTextOf(membersTexts)
  const { externalId } = useParams({ from: '/signed-in/members/$externalId' })
  const member = useQuery(memberQuery(externalId))
  const [asked, ask] = useState<Asked>(null)
  const mayWrite = useMay('members:write')
  const mayErase = useMay('members:erase')
  const isMissing = member.error instanceof ApiProblem && member.error.status === 404
  const known = isMissing ? undefined : member.data
  return (
    <Page
      title={externalId}
      above={<BackLink to="/members">{text.back}</BackLink>}
      aside={
        known?.optedOut && (
          <Badge variant="default" tt="none" size="lg">
            {text.optedOut}
          </Badge>
        )
      }
      actions={
        known !== undefined && (
          <>
            {mayWrite && (
              <Button variant="default" onClick={() => ask('consent')}>
                {known.optedOut ? said.optIn : said.optOut}
              </Button>
            )}
            {mayErase && (
              <Button variant="default" c="var(--mantine-color-error)" onClick={() => ask('erase')}>
                {said.erase}
              </Button>
            )}
          </>
        )
      }
    >
      {isMissing ? (
        <Empty
          icon={<IconUserQuestion size={40} aria-hidden />}
          title={text.missingTitle}
          action={
            <ButtonLink to="/members" search={{}} variant="default" mt="sm">
              {text.toMembers}
            </ButtonLink>
          }
        >
          {text.missing}
        </Empty>
      ) : (
        <Answer query={member}>
          {(shown) => (
            <Stack gap="md">
              <MemberFacts
                member={shown}
                onEdit={mayWrite ? () => ask('edit') : null}
                onConsent={mayWrite ? ask : null}
              />
              <Devices member={shown} />
              <MemberDeliveries externalId={externalId} />
            </Stack>
          )}
        </Answer>
      )}
      {known !== undefined && asked !== null && (
        <Dialog asked={asked} member={known} onClose={() => ask(null)} />
      )}
    </Page>
  )
}

function Dialog({ asked, member, onClose }: { asked: Asked; member: MemberDetail; onClose: () => void }) {
  if (asked === 'marketing' || asked === 'night') {
    return <MarketingDialog of={asked} member={member} onClose={onClose} />
  }
  if (asked === 'consent') return <ConsentDialog member={member} onClose={onClose} />
  if (asked === 'edit') return <EditDialog member={member} onClose={onClose} />
  return <EraseDialog externalId={member.externalId} onClose={onClose} />
}

function Devices({ member: { deviceList, devices } }: { member: MemberDetail }) {
  const { members: text, states, format, codes } = useTextOf(membersTexts)
  return (
    <Panel title={text.deviceList}>
      {deviceList.length === 0 && <Text size="sm">{text.noDevices}</Text>}
      <ul className={classes.list}>
        {deviceList.map(({ deviceId, platform, address, kind, state, lastSeenAt, goneAt, goneCode }) => (
          <li key={deviceId} className={classes.device}>
            <div>
              <Text fw={550}>{states.platform[platform]}</Text>
              <Text size="xs" c="dimmed">
                {states.addressKind[kind]}{' '}
                <Text span ff="monospace" className={classes.address ?? ''}>
                  …{address}
                </Text>
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
