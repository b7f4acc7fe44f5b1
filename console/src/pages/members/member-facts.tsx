/** What is known of a member: consent and where it came from, language, time zone, attributes, who changed it last. */
import { Button, Code, Text } from '@mantine/core'
import { Fragment } from 'react'
import type { MemberDetail } from '../../api/members.ts'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './member.module.css'

/** `onEdit` and `onConsent` are null for someone who may not. */
const CONSENTS = ['marketing', 'night'] as const
export type ConsentName = (typeof CONSENTS)[number]

interface Props {
  member: MemberDetail
  onEdit: (() => void) | null
  onConsent: ((of: ConsentName) => void) | null
}

export function MemberFacts({ member, onEdit, onConsent }: Props) {
  const { members: text, memberChange: said, format, shell } = useTextOf(membersTexts)
  const { locale, timezone, createdAt, attributes, optedOut, editedAt, editedByName } = member
  const pairs = Object.entries(attributes)
  return (
    <Panel
      title={said.details}
      actions={
        onEdit !== null && (
          <Button variant="default" size="xs" onClick={onEdit}>
            {said.edit}
          </Button>
        )
      }
    >
      {optedOut && (
        <Text size="sm" mb="sm">
          {text.optedOutHint}
        </Text>
      )}
      <dl className={classes.facts}>
        <dt>{said.consent}</dt>
        <dd>
          <ConsentSentence member={member} />
        </dd>
        {CONSENTS.map((name) => (
          <Fragment key={name}>
            <dt>{said.consentOf[name]}</dt>
            <dd>
              <MarketingSentence consent={member.consents[name]} />
              {onConsent !== null && (
                <Button variant="subtle" size="compact-xs" ml="xs" onClick={() => onConsent(name)}>
                  {member.consents[name].since === null ? said.giveConsent : said.withdrawConsent}
                </Button>
              )}
            </dd>
          </Fragment>
        ))}
        <dt>{text.locale}</dt>
        <dd>{locale ?? shell.none}</dd>
        <dt>{text.timezone}</dt>
        <dd>{timezone ?? shell.none}</dd>
        <dt>{text.createdAt}</dt>
        <dd>{format.dateTime(createdAt)}</dd>
        {editedAt !== null && (
          <>
            <dt>{said.edited}</dt>
            <dd>{said.editedBy(format.dateTime(editedAt), editedByName)}</dd>
          </>
        )}
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

function MarketingSentence({ consent }: { consent: MemberDetail['consents'][ConsentName] }) {
  const { memberChange: said, format } = useTextOf(membersTexts)
  const { since, saidAt, source, byName } = consent
  if (source === null) return said.noStatement
  const when =
    since !== null
      ? said.consentGiven(format.dateTime(since))
      : saidAt === null
        ? said.consentGoneSometime
        : said.consentGone(format.dateTime(saidAt))
  return `${when} (${said.source(source, byName)})`
}

/** When consent was given or withdrawn, and how that came here. */
export function ConsentSentence({ member }: { member: MemberDetail }) {
  const { memberChange: said, format } = useTextOf(membersTexts)
  const { optedOut, consentAt, consentSource, consentByName } = member
  if (consentAt === null && consentSource === null) return optedOut ? said.optedOutSometime : said.noStatement
  const time = consentAt === null ? null : format.dateTime(consentAt)
  const when = time === null ? said.optedOutSometime : optedOut ? said.optedOutAt(time) : said.optedInAt(time)
  const statement = time === null && !optedOut ? said.noStatement : when
  return consentSource === null ? statement : `${statement} (${said.source(consentSource, consentByName)})`
}
