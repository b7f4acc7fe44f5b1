/** One schedule: what it says, the runs that come, and what became of those before. */
import { Button, Modal, Text } from '@mantine/core'
import { IconClockEdit, IconPencil, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import {
  changeRun,
  type Move,
  moveSchedule,
  type Schedule,
  type ScheduleChanged,
  scheduleQuery,
  type UpcomingRun,
} from '../../api/schedules.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { NotFound } from '../../components/not-found.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { toastDone, useFailureToast } from '../../components/toast.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { audienceWords } from '../campaign/audience-words.ts'
import { Fact, MessageView } from '../campaign/message-view.tsx'
import { StatusLine } from '../campaign/status-line.tsx'
import { EditTimes } from './edit-times.tsx'
import { EndDialog } from './end-dialog.tsx'
import { ruleWords } from './rule-words.ts'
import { PastRuns, UpcomingRuns } from './run-list.tsx'
import classes from './schedules.module.css'
import { SendRunDialog } from './send-run-dialog.tsx'

/** With the fields of a message, which few come for. */
const EditContent = lazy(async () => ({ default: (await import('./edit-content.tsx')).EditContent }))

export function SchedulePage() {
  const text = useTextOf(scheduleTexts)
  const { id } = useParams({ from: '/signed-in/schedules/$id' })
  const query = useQuery(scheduleQuery(id))
  if (query.error instanceof ApiProblem && query.error.status === 404) return <NotFound />
  return (
    <Page
      title={query.data?.name || text.schedules.title}
      above={<BackLink to="/schedules">{text.schedules.back}</BackLink>}
      aside={query.data && <Text c="dimmed">{text.schedules.states[query.data.state]}</Text>}
      actions={query.data && <Actions schedule={query.data} />}
    >
      <Answer query={query}>{(schedule) => <Content schedule={schedule} />}</Answer>
    </Page>
  )
}

/** Takes the answer of a change into the cache, and says what the change does not reach. */
function useTaken(): (changed: ScheduleChanged | Schedule) => void {
  const { schedules: text, shell } = useTextOf(scheduleTexts)
  const client = useQueryClient()
  return (changed) => {
    client.setQueryData(keys.schedule(changed.id), changed)
    void client.invalidateQueries({ queryKey: ['schedules'] })
    const kept = 'keptCampaigns' in changed ? changed.keptCampaigns.length : 0
    if (kept > 0) toastDone(text.kept(kept), shell.close)
  }
}

/** Somebody was faster: what they have made of it is shown. */
function useRefused(id: string): (error: unknown) => void {
  const client = useQueryClient()
  const onFailure = useFailureToast()
  return (error) => {
    void client.invalidateQueries({ queryKey: keys.schedule(id) })
    onFailure(error)
  }
}

function Actions({ schedule }: { schedule: Schedule }) {
  const { schedules: text } = useTextOf(scheduleTexts)
  const maySend = useMay('campaigns:send')
  const [dialog, setDialog] = useState<'content' | 'edit' | 'end' | null>(null)
  const taken = useTaken()
  const moving = useMutation({
    mutationFn: ({ move, key }: { move: Move; key: string }) => moveSchedule(move, schedule, key),
    onSuccess: taken,
    onError: useRefused(schedule.id),
  })
  if (!maySend || schedule.state === 'ended') return null
  const isPaused = schedule.state === 'paused'
  const Icon = isPaused ? IconPlayerPlay : IconPlayerPause
  // A dialog that opens before the answer would be about the version before, and blame somebody else for the new one.
  const isMoving = moving.isPending
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPencil size={16} aria-hidden />}
        disabled={isMoving}
        onClick={() => setDialog('content')}
      >
        {text.editContent}
      </Button>
      <Button
        variant="default"
        leftSection={<IconClockEdit size={16} aria-hidden />}
        disabled={isMoving}
        onClick={() => setDialog('edit')}
      >
        {text.edit}
      </Button>
      <Button
        variant={isPaused ? 'filled' : 'default'}
        leftSection={<Icon size={16} aria-hidden />}
        loading={isMoving}
        onClick={() => moving.mutate({ move: isPaused ? 'resume' : 'pause', key: crypto.randomUUID() })}
      >
        {isPaused ? text.resume : text.pause}
      </Button>
      <Button variant="outline" color="red" disabled={isMoving} onClick={() => setDialog('end')}>
        {text.finish}
      </Button>
      <Suspense>
        {dialog === 'content' && (
          <EditContent schedule={schedule} onClose={() => setDialog(null)} onSaved={taken} />
        )}
      </Suspense>
      {dialog === 'edit' && <EditTimes schedule={schedule} onClose={() => setDialog(null)} onSaved={taken} />}
      {dialog === 'end' && <EndDialog schedule={schedule} onClose={() => setDialog(null)} onEnded={taken} />}
    </>
  )
}

function Content({ schedule }: { schedule: Schedule }) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, sendRules, shell } = texts
  const maySend = useMay('campaigns:send')
  const [sent, setSent] = useState<UpcomingRun | null>(null)
  const taken = useTaken()
  const changing = useMutation({
    mutationFn: ({ deed, run }: { deed: 'skip' | 'restore'; run: UpcomingRun }) =>
      changeRun(deed, schedule, run.at, crypto.randomUUID()),
    onSuccess: taken,
    onError: useRefused(schedule.id),
  })
  return (
    <>
      {schedule.state === 'paused' && (
        <StatusLine
          tone={schedule.problem === null ? 'neutral' : 'bad'}
          title={schedule.problem === null ? text.states.paused : text.problemTitle}
        >
          {schedule.problem ?? text.paused}
        </StatusLine>
      )}
      <div className={classes.columns}>
        <div>
          <UpcomingRuns
            schedule={schedule}
            mayChange={maySend && schedule.state !== 'ended'}
            isBusy={changing.isPending}
            onChange={(deed, run) => changing.mutate({ deed, run })}
            onSend={setSent}
          />
          <PastRuns schedule={schedule} />
        </div>
        <div>
          <Panel title={text.settings}>
            <dl className={classes.facts}>
              <Fact name={text.rule}>
                {ruleWords(schedule.rule, texts)}
                <Text size="xs" c="dimmed">
                  {text.inZone(schedule.timezone)}
                </Text>
              </Fact>
              {schedule.startsOn !== null && <Fact name={text.startsOn}>{schedule.startsOn}</Fact>}
              {schedule.endsOn !== null && <Fact name={text.endsOn}>{schedule.endsOn}</Fact>}
              {schedule.skipDates.length > 0 && (
                <Fact name={text.skipDates}>{schedule.skipDates.join(', ')}</Fact>
              )}
              <Fact name={sendRules.kindTitle}>{sendRules.kind[schedule.kind]}</Fact>
              {schedule.kind === 'advertising' && (
                <Fact name={sendRules.nightTitle}>{sendRules.night[schedule.night]}</Fact>
              )}
              {schedule.sendWindow !== null && (
                <Fact name={sendRules.windowTitle}>
                  {sendRules.windowOf(
                    schedule.sendWindow.from,
                    schedule.sendWindow.until,
                    schedule.sendWindow.outside,
                  )}
                </Fact>
              )}
              {(schedule.ignoresCaps || !schedule.countsTowardCaps) && (
                <Fact name={texts.caps.title}>{texts.caps.switches(schedule).join(' · ')}</Fact>
              )}
              {schedule.oncePerMember && <Fact name={texts.caps.devicesTitle}>{texts.caps.oneDevice}</Fact>}
              {schedule.createdByName !== null && <Fact name={text.createdBy}>{schedule.createdByName}</Fact>}
            </dl>
          </Panel>
          <Panel title={text.message}>
            <MessageView message={schedule.message} />
            <dl className={classes.facts}>
              <Fact name={texts.campaign.audience}>{audienceWords(schedule.audienceSummary, texts)}</Fact>
            </dl>
          </Panel>
        </div>
      </div>
      <Modal
        opened={sent !== null}
        onClose={() => setSent(null)}
        title={text.sendTitle}
        centered
        closeButtonProps={{ 'aria-label': shell.close }}
      >
        {sent !== null && <SendRunDialog schedule={schedule} run={sent} onClose={() => setSent(null)} />}
      </Modal>
    </>
  )
}
