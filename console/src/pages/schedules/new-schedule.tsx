/** Makes a campaign recur: its message, audience and settings, at the times that are chosen here. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconRepeat } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type WholeCampaign, wholeCampaignQuery } from '../../api/campaigns.ts'
import { createSchedule, type NewSchedule } from '../../api/schedules.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { Empty } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { ownZone } from '../../zones.ts'
import { MessageView } from '../campaign/message-view.tsx'
import { ChooseCampaign } from './choose-campaign.tsx'
import { CountField, useCountConfirmation } from './count-confirmation.tsx'
import classes from './schedules.module.css'
import { NextRunsPreview, TimesFields } from './times-fields.tsx'
import { newTimes, readTimes } from './times-form.ts'

export function NewSchedulePage() {
  const { schedules: text } = useTextOf(scheduleTexts)
  const { from } = useSearch({ from: '/signed-in/schedules/new' })
  const query = useQuery({ ...wholeCampaignQuery(from ?? ''), enabled: from !== undefined })
  const maySend = useMay('campaigns:send')
  return (
    <Page title={text.newTitle} above={<BackLink to="/schedules">{text.back}</BackLink>}>
      {!maySend ? (
        <Empty icon={<IconRepeat size={40} aria-hidden />} title={text.notAllowedTitle}>
          {text.notAllowed}
        </Empty>
      ) : from === undefined ? (
        <ChooseCampaign />
      ) : (
        <Answer query={query}>
          {(campaign) =>
            campaign.message === null || campaign.audience === null ? (
              <Missing />
            ) : (
              <Form campaign={campaign} />
            )
          }
        </Answer>
      )}
    </Page>
  )
}

function Missing() {
  const { schedules: text } = useTextOf(scheduleTexts)
  return (
    <Empty icon={<IconRepeat size={40} aria-hidden />} title={text.missingTitle}>
      {text.missing}
    </Empty>
  )
}

function Form({ campaign }: { campaign: WholeCampaign }) {
  const { schedules: text, shell } = useTextOf(scheduleTexts)
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState([...campaign.name].slice(0, 170).join(''))
  const [form, setForm] = useState(() => newTimes(ownZone()))
  const confirmation = useCountConfirmation()
  const keyOf = useKeyPerRequest()
  const times = readTimes(form)
  const saving = useMutation({
    mutationFn: (body: NewSchedule) => createSchedule(body, keyOf(JSON.stringify(body))),
    onSuccess: (schedule) => {
      void client.invalidateQueries({ queryKey: ['schedules'] })
      toastDone(text.created, shell.close)
      void navigate({ to: '/schedules/$id', params: { id: schedule.id } })
    },
    onError: (error) => void confirmation.take(error),
  })
  const isAsked = confirmation.field !== null && !confirmation.isComplete
  const { message, audience, tags, priority, ratePerMinute, guarantee, latestStartMinutes } = campaign
  const { kind, advertiser, night, sendWindow, defaultZone } = campaign
  const { ignoresCaps, countsTowardCaps, oncePerMember } = campaign
  const isReady = times !== null && name.trim() !== '' && confirmation.isComplete
  const submit = () => {
    if (times === null || message === null || audience === null || !isReady) return
    saving.mutate({
      name: name.trim(),
      message,
      audience: audience as NewSchedule['audience'],
      ...{ tags, priority, ratePerMinute, guarantee, latestStartMinutes },
      ...{ kind, advertiser, night, sendWindow, defaultZone },
      ...{ ignoresCaps, countsTowardCaps, oncePerMember },
      ...times,
      ...(confirmation.devices !== null && { confirmAudience: confirmation.devices }),
    })
  }
  return (
    <form
      className={classes.columns}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Panel>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {text.newIntro(campaign.name)}
          </Text>
          <TextInput
            label={text.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={170}
            required
            withAsterisk={false}
          />
          <TimesFields form={form} onChange={setForm} />
          <NextRunsPreview form={form} />
          <CountField of={confirmation} />
          {saving.error !== null && confirmation.field === null && (
            <ProblemAlert error={saving.error} title={text.failed} />
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={saving.isPending} disabled={!isReady || isAsked}>
              {text.create}
            </Button>
          </Group>
        </Stack>
      </Panel>
      <Panel title={text.message}>
        <MessageView message={message ?? {}} />
      </Panel>
    </form>
  )
}
