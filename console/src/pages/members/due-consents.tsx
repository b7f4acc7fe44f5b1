/** Consents that are older than two years and have to be confirmed. */
import { SegmentedControl, Stack, Text } from '@mantine/core'
import { IconChecks } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type ConsentName, dueConsentAddress, dueConsentListQuery } from '../../api/members.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { DownloadMenu } from '../../components/download-menu.tsx'
import { Empty } from '../../components/empty.tsx'
import { TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Page } from '../../components/page.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './members.module.css'

const CONSENTS: readonly ConsentName[] = ['marketing', 'night']

export function DueConsents() {
  const { members, sendRules: text, format } = useTextOf(membersTexts)
  const [consent, setConsent] = useState<ConsentName>('marketing')
  const list = useInfiniteQuery(dueConsentListQuery(consent))
  return (
    <Page
      title={text.consentsDue}
      above={<BackLink to="/members">{members.back}</BackLink>}
      actions={
        <DownloadMenu
          label={text.download}
          files={CONSENTS.map((each) => ({ label: text.consent[each], href: dueConsentAddress(each) }))}
        />
      }
    >
      <Stack gap="md">
        <Text size="sm">{text.consentsDueIntro}</Text>
        <SegmentedControl
          aria-label={text.consentsDue}
          value={consent}
          onChange={(each) => setConsent(each as ConsentName)}
          data={CONSENTS.map((value) => ({ value, label: text.consent[value] }))}
        />
        <Answer query={list}>
          {({ pages }) => {
            const found = pages.flatMap(({ data }) => data)
            if (found.length === 0) {
              return (
                <Empty icon={<IconChecks size={40} aria-hidden />} title={text.consentsNoneTitle}>
                  {text.consentsNone}
                </Empty>
              )
            }
            return (
              <Stack gap="md">
                <ul className={classes.list} aria-label={text.consentsDue}>
                  {found.map(({ externalId, since }) => (
                    <li key={externalId} className={classes.row}>
                      <div className={classes.id}>
                        <TextLink to="/members/$externalId" params={{ externalId }} fw={600} dir="auto">
                          {externalId}
                        </TextLink>
                      </div>
                      <Text size="sm" c="dimmed" component="time" dateTime={since}>
                        {text.since(format.dateTime(since))}
                      </Text>
                    </li>
                  ))}
                </ul>
                {list.hasNextPage && <LoadMore pages={list} />}
              </Stack>
            )
          }}
        </Answer>
      </Stack>
    </Page>
  )
}
