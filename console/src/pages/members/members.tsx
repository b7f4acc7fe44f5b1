/** All members, filtered by the start of the external ID or by an address. */
import { Badge, Group, Stack, Text } from '@mantine/core'
import { IconUpload, IconUserSearch, IconUsers } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { deviceExportAddress, dueConsentCountQuery, type Member, memberListQuery } from '../../api/members.ts'
import { Answer } from '../../components/answer.tsx'
import { DownloadMenu } from '../../components/download-menu.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink, TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Page } from '../../components/page.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './members.module.css'

/** The longest address: see src/api/members/member-schemas.ts. */
const MAX_SEARCH = 2_048
/** More are not counted: see src/audience/due-consents.ts. */
const MOST_COUNTED = 10_000

export function Members() {
  const { members: text } = useTextOf(membersTexts)
  const { search = '' } = useSearch({ from: '/signed-in/members' })
  const navigate = useNavigate({ from: '/members' })
  const mayImport = useMay('devices:import')
  const list = useInfiniteQuery({ ...memberListQuery(search), placeholderData: keepPreviousData })
  const put = (next: string) => void navigate({ search: next === '' ? {} : { search: next }, replace: true })

  return (
    <Page
      title={text.title}
      actions={
        <>
          <DueLink />
          <ExportMenu />
          {mayImport && <ImportButton />}
        </>
      }
    >
      <Group component="search" mb="md">
        <SearchField label={text.search} value={search} onSearch={put} maxLength={MAX_SEARCH} />
      </Group>
      <Answer query={list}>
        {({ pages }) => {
          const members = pages.flatMap(({ data }) => data)
          if (members.length === 0) return <Nobody isSearch={search !== ''} />
          return (
            <Stack gap="md" aria-busy={list.isPlaceholderData}>
              <ul className={classes.list} aria-label={text.listLabel}>
                {members.map((member) => (
                  <MemberRow key={member.externalId} member={member} />
                ))}
              </ul>
              {list.hasNextPage ? (
                <LoadMore pages={list} />
              ) : (
                <Text c="dimmed" size="sm" ta="center">
                  {text.end(members.length)}
                </Text>
              )}
            </Stack>
          )
        }}
      </Answer>
    </Page>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { members: text, format } = useTextOf(membersTexts)
  const { externalId, locale, timezone, optedOut, devices, createdAt } = member
  return (
    <li className={classes.row}>
      <div className={classes.id}>
        <TextLink to="/members/$externalId" params={{ externalId }} fw={600} dir="auto">
          {externalId}
        </TextLink>
        {optedOut && (
          <Badge variant="default" tt="none">
            {text.optedOut}
          </Badge>
        )}
      </div>
      <Text size="sm" className="figure">
        {text.devicesOf(devices)}
      </Text>
      <Text size="sm" c="dimmed">
        {locale ?? text.noLocale} · {timezone ?? text.noTimezone}
      </Text>
      <Text size="sm" c="dimmed" component="time" dateTime={createdAt}>
        {text.knownSince(format.dateTime(createdAt))}
      </Text>
    </li>
  )
}

/** Only if there are any. */
function DueLink() {
  const { sendRules: text, format } = useTextOf(membersTexts)
  const { marketing = 0, night = 0 } = useQuery(dueConsentCountQuery).data ?? {}
  const count = marketing + night
  if (count === 0) return null
  const isMore = marketing === MOST_COUNTED || night === MOST_COUNTED
  return (
    <ButtonLink to="/consents" variant="default">
      {text.consentsDueCount(`${format.number(count)}${isMore ? '+' : ''}`)}
    </ButtonLink>
  )
}

/** Whoever may have the addresses needs them for something; the others get a list to read. */
function ExportMenu() {
  const { memberChange: text } = useTextOf(membersTexts)
  const full = { addresses: 'full' } as const
  const gone = { state: 'gone' } as const
  const files = useMay('addresses:read')
    ? [
        { label: text.exportAllFull, hint: text.exportAllFullHint, href: deviceExportAddress(full) },
        {
          label: text.exportGoneFull,
          hint: text.exportGoneFullHint,
          href: deviceExportAddress({ ...gone, ...full }),
        },
      ]
    : []
  return (
    <DownloadMenu
      label={text.exportDevices}
      files={[
        { label: text.exportAll, hint: text.exportMasked, href: deviceExportAddress({}) },
        { label: text.exportGone, hint: text.exportMasked, href: deviceExportAddress(gone) },
        ...files,
      ]}
    />
  )
}

function ImportButton() {
  const { members: text } = useTextOf(membersTexts)
  return (
    <ButtonLink to="/import" leftSection={<IconUpload size={16} aria-hidden />}>
      {text.importDevices}
    </ButtonLink>
  )
}

function Nobody({ isSearch }: { isSearch: boolean }) {
  const { members: text } = useTextOf(membersTexts)
  if (isSearch) {
    return (
      <Empty
        icon={<IconUserSearch size={40} aria-hidden />}
        title={text.noMatchTitle}
        action={
          <ButtonLink to="/members" search={{}} variant="default" mt="sm">
            {text.clearSearch}
          </ButtonLink>
        }
      >
        {text.noMatch}
      </Empty>
    )
  }
  return (
    <Empty icon={<IconUsers size={40} aria-hidden />} title={text.emptyTitle}>
      {text.empty}
    </Empty>
  )
}
