/** Who did what; of one campaign, its story. */
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { SUBJECT_KINDS, type SubjectKind } from '../../../../src/domain/deeds.ts'
import { auditExportAddress, auditQuery } from '../../api/audit.ts'
import { campaignQuery } from '../../api/campaigns.ts'
import { Empty } from '../../components/empty.tsx'
import { EndlessList } from '../../components/endless-list.tsx'
import { TextLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { activityTexts } from '../../text/activity-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './activity.module.css'
import { type ActivitySearch, filterOf } from './activity-search.ts'
import { EventRow } from './event-row.tsx'

export function Activity() {
  const { activity: text } = useTextOf(activityTexts)
  if (!useMay('audit:read')) {
    return (
      <Page title={text.title}>
        <Empty icon={<IconHistory size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      </Page>
    )
  }
  return <Allowed />
}

function Allowed() {
  const { activity: text } = useTextOf(activityTexts)
  const search = useSearch({ from: '/signed-in/activity' })
  const navigate = useNavigate({ from: '/activity' })
  const filter = filterOf(search)
  const events = useInfiniteQuery(auditQuery(filter))
  const campaignId = search.kind === 'campaign' ? search.subject : undefined
  // To compare what was sent with what it shows now. A deleted one has nothing to compare with.
  const campaign = useQuery({
    ...campaignQuery(campaignId ?? ''),
    enabled: campaignId !== undefined,
    retry: false,
  })
  const change = (changes: Changes) =>
    navigate({ search: { ...search, ...changes } as ActivitySearch, replace: true })
  return (
    <Page
      title={campaignId === undefined ? text.title : text.ofCampaign}
      actions={
        <Button component="a" href={auditExportAddress(filter)} download variant="default">
          {text.exportCsv}
        </Button>
      }
    >
      <Stack gap="md">
        {campaignId === undefined ? (
          <Text size="sm">{text.intro}</Text>
        ) : (
          <TextLink to="/campaigns/$id" params={{ id: campaignId }} size="sm">
            {text.toCampaign}
          </TextLink>
        )}
        <Filters search={search} onChange={change} />
        <EndlessList
          query={events}
          isFiltered={Object.keys(search).length > 0}
          onClearFilter={() => navigate({ search: {}, replace: true })}
          icon={<IconHistory size={40} aria-hidden />}
          text={text.list}
        >
          {(rows) => (
            <ul className={classes.list} aria-label={text.title}>
              {rows.map((event) => (
                <EventRow
                  key={event.seq}
                  event={event}
                  messageNow={campaign.data?.messageHash ?? null}
                  onActor={(actor) => change({ actor })}
                />
              ))}
            </ul>
          )}
        </EndlessList>
      </Stack>
    </Page>
  )
}

/** Undefined: not filtered by it any more. */
type Changes = { [K in keyof ActivitySearch]?: ActivitySearch[K] | undefined }

interface FilterProps {
  search: ActivitySearch
  onChange: (changes: Changes) => void
}

function Filters({ search, onChange }: FilterProps) {
  const { activity: text } = useTextOf(activityTexts)
  return (
    <Group gap="sm" align="end">
      {search.subject === undefined && (
        <NativeSelect
          label={text.about}
          value={search.kind ?? ''}
          onChange={({ currentTarget: { value } }) => onChange({ kind: (value as SubjectKind) || undefined })}
          data={[
            { value: '', label: text.everything },
            ...SUBJECT_KINDS.map((value) => ({ value, label: text.kinds[value] })),
          ]}
        />
      )}
      <TextInput
        type="date"
        label={text.from}
        value={search.from ?? ''}
        onChange={({ currentTarget: { value } }) => onChange({ from: value || undefined })}
      />
      <TextInput
        type="date"
        label={text.through}
        value={search.through ?? ''}
        onChange={({ currentTarget: { value } }) => onChange({ through: value || undefined })}
      />
      {search.actor !== undefined && (
        <Button variant="default" onClick={() => onChange({ actor: undefined })}>
          {text.clearActor}
        </Button>
      )}
    </Group>
  )
}
