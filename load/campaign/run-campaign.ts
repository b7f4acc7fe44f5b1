/** Creates a campaign for everybody, sends it, and watches it through the API until its books are closed. */
import { setTimeout as delay } from 'node:timers/promises'
import { SetupError } from '../terminal/command.ts'
import type { Progress } from '../terminal/progress.ts'
import type { ApiClient, CampaignView } from './api-client.ts'

const POLL_MS = 200
const OPEN_STATES = ['scheduled', 'sending']

export const MESSAGE = {
  title: 'The doors open at noon',
  body: 'Be there early: the first hundred get a seat in the front row.',
  link: 'https://example.com/doors',
  data: { event: 'doors-2026' },
}

/** `expected` is how many devices the bars reckon with. Rejects when the campaign stops before its end. */
export async function runCampaign(
  api: ApiClient,
  expected: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<CampaignView> {
  const { id } = await api.post<CampaignView>('/v1/campaigns', {
    name: 'Doors',
    message: MESSAGE,
    audience: { all: true },
  })
  await api.post(`/v1/campaigns/${id}/send`)
  const planning = progress.start('planning', expected)
  const sending = progress.start('sending', expected)
  for (;;) {
    const view = await api.get<CampaignView>(`/v1/campaigns/${id}`)
    const { audience, remaining, isPlanned } = view.progress
    const total = isPlanned ? audience : Math.max(expected, audience)
    planning.update(audience, total)
    if (isPlanned) planning.end()
    sending.update(audience - remaining, total)
    if (view.state === 'finished') {
      sending.end()
      return view
    }
    if (!OPEN_STATES.includes(view.state)) {
      progress.stop()
      throw new SetupError(
        `The campaign stopped: it is ${view.state}, ${view.pauseReason ?? 'without a reason'}. ${view.pauseDetail ?? ''}`,
      )
    }
    await delay(POLL_MS, undefined, { signal })
  }
}
