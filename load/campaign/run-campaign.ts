/** Creates a campaign, sends it, and follows it through the API until it is finished. */
import { setTimeout as delay } from 'node:timers/promises'
import { SetupError } from '../../testing/terminal/command.ts'
import type { Progress } from '../../testing/terminal/progress.ts'
import { PerSecond } from '../figures/statistics.ts'
import type { ApiClient, CampaignView } from './api-client.ts'

const POLL_MS = 200
const OPEN_STATES = ['scheduled', 'sending']

export const MESSAGE = {
  title: 'The doors open at noon',
  body: 'Be there early: the first hundred get a seat in the front row.',
  link: 'https://example.com/doors',
  data: { event: 'doors-2026' },
}

/** What is known of a campaign while it runs, so that an interrupted run can still report it. */
export class CampaignRecord {
  /** Null until it is sent. */
  view: CampaignView | null = null
  /** From the send request until the API said that planning is done; late by at most one poll. */
  plannedAfterSeconds: number | null = null
  /** Messages that FCM answered, or should have, by second since the send request. */
  readonly answered = new PerSecond()
}

export interface CampaignOrder {
  audience: object
  /** The total of the progress bars until the audience is known. */
  expected: number
  record: CampaignRecord
  /** What the campaign has beyond its message and audience. */
  content?: object
  /** Called right before the send request. */
  onSend?: () => void
}

/** Rejects when the campaign stops before its end. */
export async function runCampaign(
  api: ApiClient,
  { audience, expected, record, content, onSend }: CampaignOrder,
  signal: AbortSignal,
  progress?: Progress,
): Promise<CampaignView> {
  const campaign = { name: 'Doors', message: MESSAGE, audience, ...content }
  const { id } = await api.post<CampaignView>('/v1/campaigns', campaign)
  onSend?.()
  const sentAt = performance.now()
  await api.send(id)
  const planning = progress?.start('planning', expected)
  const sending = progress?.start('sending', expected)
  for (;;) {
    const view = await api.get<CampaignView>(`/v1/campaigns/${id}`)
    const seconds = (performance.now() - sentAt) / 1000
    const { audience, remaining, isPlanned, sent, failed, inDoubt } = view.progress
    record.view = view
    record.answered.add(seconds, sent + failed + inDoubt)
    const total = isPlanned ? audience : Math.max(expected, audience)
    planning?.update(audience, total)
    if (isPlanned) {
      planning?.end()
      record.plannedAfterSeconds ??= seconds
    }
    sending?.update(audience - remaining, total)
    if (view.state === 'finished') {
      sending?.end()
      return view
    }
    if (!OPEN_STATES.includes(view.state)) {
      progress?.stop()
      const { state, pauseReason, pauseDetail } = view
      throw new SetupError(`The campaign is ${state} (${pauseReason ?? 'no reason'}). ${pauseDetail ?? ''}`)
    }
    await delay(POLL_MS, undefined, { signal })
  }
}
