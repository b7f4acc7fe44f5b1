/** An API process alone at twice its capacity: what it accepts and refuses, how long both take, and its memory. */
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { openApiAlone } from '../../testing/installation/api-alone.ts'
import { SetupError } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { figuresOf } from '../figures/processes.ts'
import { spread } from '../figures/statistics.ts'
import { benchmark } from './benchmark.ts'
import { type Answered, type Call, Caller } from './caller.ts'

const DEVICES = 20_000
const MEMBERS = 16_000

export const overload = benchmark(
  `An API process alone at twice its capacity: what it accepts and refuses, and how fast.
Fails when a call got no answer or a 5xx, or when a pause was refused.`,
  {
    seconds: whole(2, 600, 15, 'of each of the three phases'),
    callers: whole(1, 1_000, 16, 'concurrent callers that find the capacity; below 85 % of the slots'),
    times: whole(1, 20, 2, 'of the capacity'),
  },
  async ({ seconds, callers, times }, context) => {
    const { stack, signal } = context
    const { address, port, pid, key, loss } = await openApiAlone(
      stack,
      { ...context, devices: DEVICES },
      signal,
    )
    const api = new ApiClient(address, key, signal)
    const campaign = { name: 'Overload', message: MESSAGE, audience: { all: true } }
    const { id } = await api.post<CampaignView>('/v1/campaigns', campaign)
    await api.send(id)
    const caller = new Caller(port, key)
    stack.defer(() => caller.close())

    let count = 0
    /** Half of them what machines repeat, half what people look at. */
    const next = (): Call => {
      count += 1
      if (count % 2 === 0) return { kind: 'read', method: 'GET', path: `/v1/campaigns/${id}` }
      const index = count % DEVICES
      const body = JSON.stringify({ externalId: `member-${(index % MEMBERS) + 1}`, platform: 'android' })
      const path = `/v1/devices/${encodeURIComponent(tokenFor(index, { seed: 1 }))}`
      return { kind: 'registration', method: 'PUT', path, body }
    }
    let moves = 0
    const pauseOrResume = (): Call => {
      const kind = moves++ % 2 === 0 ? 'pause' : 'resume'
      return { kind, method: 'POST', path: `/v1/campaigns/${id}/${kind}` }
    }
    const measure = async () => {
      // Compiles the code that the phases run.
      await caller.inTurn(callers, Math.min(5, seconds), next, signal)
      const alone = await caller.inTurn(1, seconds, next, signal)
      const full = await caller.inTurn(callers, seconds, next, signal)
      const capacity = full.filter(isAccepted).length / seconds
      // Opens the connections, which is work of its own.
      await caller.atRate(capacity * times, Math.min(3, seconds), next, signal)
      const before = figuresOf(pid)
      // A person pauses and resumes the campaign meanwhile, twice a second.
      const person = caller.atRate(2, seconds, pauseOrResume, signal)
      const { answers, late } = await caller.atRate(capacity * times, seconds, next, signal)
      return { alone, capacity, answers, late, stops: (await person).answers, before, after: figuresOf(pid) }
    }
    const { alone, capacity, answers, late, stops, before, after } = await Promise.race([measure(), loss])
    signal.throwIfAborted()
    if (after === null || before === null)
      throw new SetupError('The API process cannot be measured: this needs Linux.')

    const refused = answers.filter(({ status }) => status === 429)
    const pauses = stops.filter(({ kind }) => kind === 'pause')
    const all = [...answers, ...stops]
    const msOf = (list: readonly Answered[]) => spread(list.map(({ ms }) => ms))
    const kinds = Object.fromEntries(
      ['read', 'registration'].map((kind) => {
        const of = (list: readonly Answered[]) =>
          msOf(list.filter((one) => one.kind === kind && isAccepted(one)))
        return [kind, { unloaded: of(alone), loaded: of(answers) }]
      }),
    )
    const figures = {
      seconds,
      callers,
      carriedPerSecond: Math.round(capacity),
      offeredPerSecond: Math.round(capacity * times),
      takenPerSecond: Math.round(answers.filter(isAccepted).length / seconds),
      refusedPerSecond: Math.round(refused.length / seconds),
      notSent: late,
      unanswered: all.filter(({ status }) => status === 0).length,
      serverErrors: all.filter(({ status }) => status >= 500).length,
      refusedMs: msOf(refused),
      pauseMs: msOf(pauses),
      pausesRefused: pauses.filter(({ status }) => status === 429).length,
      kinds,
      p99Ratio: rounded(msOf(answers.filter(isAccepted)).p99 / msOf(alone).p99, 1),
      /** Of one core. */
      apiCpuShare: rounded((after.cpuSeconds - before.cpuSeconds) / seconds, 1),
      rssMbBefore: Math.round(before.rssMb),
      rssMbAfter: Math.round(after.rssMb),
    }
    const wrong = [
      figures.unanswered > 0 && `${figures.unanswered} calls got no answer`,
      figures.serverErrors > 0 && `${figures.serverErrors} calls were answered with 5xx`,
      figures.pausesRefused > 0 && `${figures.pausesRefused} pauses were refused`,
    ].filter((sentence) => sentence !== false)
    return { ...figures, wrong }
  },
)

function isAccepted({ status }: Answered): boolean {
  return status >= 200 && status < 300
}
