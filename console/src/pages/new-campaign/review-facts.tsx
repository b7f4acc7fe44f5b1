/** What is about to be sent, and of which version. */
import { Code, Stack, Text } from '@mantine/core'
import type { AudienceCount } from '../../api/drafts.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { Fact, MessageView } from '../campaign/message-view.tsx'
import { UnknownIds } from './audience-size.tsx'
import { useAudienceWords } from './audience-words.ts'
import { CapWords } from './cap-fields.tsx'
import classes from './review-facts.module.css'
import type { Draft } from './use-draft.ts'

const HASH_SHOWN = 8

interface Props {
  draft: Draft
  count: AudienceCount | undefined
}

export function ReviewFacts({ draft, count }: Props) {
  const { draftSend: text, draftAudience, draftConflict, sendRules, caps, format } = useTextOf(draftTexts)
  const audienceWords = useAudienceWords()
  const { form, read, saved } = draft
  const { campaign } = saved
  return (
    <Stack gap="md">
      <MessageView message={read.message.message} />
      <dl className={classes.facts}>
        {read.startsAt !== null && (
          <Fact name={draftConflict.fields.schedule}>
            <StartTime
              at={read.startsAt.at}
              before={campaign?.scheduledAt ?? null}
              zone={form.schedule.zone}
            />
          </Fact>
        )}
        {form.rules.kind !== '' && (
          <Fact name={sendRules.kindTitle}>
            <Text size="sm" fw={600}>
              {sendRules.kind[form.rules.kind]}
            </Text>
            <Text size="xs" c="dimmed">
              {sendRules.kindHint[form.rules.kind]}
            </Text>
          </Fact>
        )}
        {form.rules.hasWindow && (
          <Fact name={sendRules.windowTitle}>
            {sendRules.windowOf(form.rules.windowFrom, form.rules.windowUntil, form.rules.outside)}
          </Fact>
        )}
        {read.rules.rules?.notAfter != null && (
          <Fact name={sendRules.notAfter}>
            {format.inZone(read.rules.rules.notAfter, form.schedule.zone)}
          </Fact>
        )}
        {form.schedule.when !== 'local' && form.rules.defaultZone !== '' && (
          <Fact name={sendRules.defaultZone}>{form.rules.defaultZone}</Fact>
        )}
        {(form.rules.ignoresCaps || !form.rules.countsTowardCaps) && (
          <Fact name={caps.title}>
            <CapWords rules={form.rules} />
          </Fact>
        )}
        {form.rules.oncePerMember && (
          <Fact name={caps.devicesTitle}>
            <Text size="sm" fw={600}>
              {caps.oneDevice}
            </Text>
            <Text size="xs" c="dimmed">
              {count === undefined ? caps.oneDeviceHint : caps.onceOf(count.members, count.devices)}
            </Text>
          </Fact>
        )}
        <Fact name={draftAudience.title}>
          <Text size="sm" component="div" className={classes.words}>
            {audienceWords(form.audience).join('\n')}
          </Text>
          {count !== undefined && (
            <>
              <Text size="xs" c="dimmed">
                {draftAudience.asOf(format.clock(count.countedAt))}
              </Text>
              <UnknownIds count={count} audience={read.audience.audience} />
            </>
          )}
        </Fact>
        {read.localTime !== null && (
          <Fact name={text.localTime}>
            <Text size="sm" component="div">
              {text.localTimeOf(format.wall(read.localTime.localAt))}
            </Text>
            <Text size="xs" c="dimmed">
              {`${text.late[read.localTime.late]} ${text.unknownZone[read.localTime.unknownZone](read.localTime.defaultZone)}`}
            </Text>
          </Fact>
        )}
        {campaign !== null && (
          <Fact name={text.version}>
            <Text size="sm" component="div">
              {format.number(campaign.version)}
              {campaign.messageHash !== null && (
                <>
                  {' · '}
                  <Code title={text.hashHint}>{campaign.messageHash.slice(0, HASH_SHOWN)}</Code>
                </>
              )}
            </Text>
            <Text size="xs" c="dimmed">
              {text.changedBy(
                campaign.changedByName ?? campaign.createdByName,
                format.dateTime(campaign.updatedAt),
              )}
            </Text>
          </Fact>
        )}
      </dl>
    </Stack>
  )
}

/** Of a campaign that is moved: from when. */
function StartTime({ at, before, zone }: { at: Date; before: string | null; zone: string }) {
  const { format } = useTextOf(draftTexts)
  const isMoved = before !== null && Date.parse(before) !== at.getTime()
  return (
    <Text size="sm" component="div">
      {isMoved && `${format.inZone(before, zone)} → `}
      <Text span size="sm" fw={isMoved ? 600 : undefined}>
        {format.inZone(at, zone)}
      </Text>
    </Text>
  )
}
