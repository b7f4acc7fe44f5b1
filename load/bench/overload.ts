/**
 * `npm run bench:overload`: an API alone is given twice of what it can carry. Prints how fast it answers one caller, what
 * it carries, and then, at twice that rate, what it takes, what it refuses, how long both take, and its memory.
 */

import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { openApiAlone } from '../../testing/installation/api-alone.ts'
import { parseOptions, runCommand, SetupError, wholeNumber } from '../../testing/terminal/command.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { machine, versions } from '../figures/surroundings.ts'
import { type Answered, type Call, Caller } from './call-loop.ts'

const HELP = `Usage: npm run bench:overload -- [options]

  --seconds N       of each of the three phases (default 15)
  --callers N       that find out what it carries (default 16, below 85 % of the slots)
  --times N         of what it carries (default 2)
  --json            one JSON object on stdout instead of the table
  --help

Ends with 1 when the API has not answered a call, has answered with 5xx, refused a pause, or ended.`

const DEVICES = 20_000

await runCommand(async ({ stack, signal }) => {
  const values = parseOptions(process.argv.slice(2), {
    seconds: { type: 'string', default: '15' },
    callers: { type: 'string', default: '16' },
    times: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const seconds = wholeNumber('seconds', values.seconds, 2, 600)
  const callers = wholeNumber('callers', values.callers, 1, 1_000)
  const times = wholeNumber('times', values.times, 1, 20)
  const { pool, address, port, pid, key, loss } = await openApiAlone(stack, DEVICES, signal)
  const caller = new Caller(port, key)
  stack.defer(() => caller.close())
  const id = await makeCampaign(address, key)

  let count = 0
  /** What machines repeat, and what people look at, half and half. */
  const next = (): Call => {
    count += 1
    if (count % 2 === 0) return { kind: 'read', method: 'GET', path: `/v1/campaigns/${id}` }
    const index = count % DEVICES
    const body = JSON.stringify({ externalId: `member-${(index % 16_000) + 1}`, platform: 'android' })
    return {
      kind: 'registration',
      method: 'PUT',
      path: `/v1/devices/${encodeURIComponent(tokenFor(index, { seed: 1 }))}`,
      body,
    }
  }
  const measure = async () => {
    // What runs once, and is compiled after a while, is over.
    await caller.inTurn(callers, Math.min(5, seconds), next, signal)
    const alone = await caller.inTurn(1, seconds, next, signal)
    const full = await caller.inTurn(callers, seconds, next, signal)
    const carried = full.filter(isTaken).length / seconds
    // The connections are opened, which is work of its own, and the first wave is over.
    await caller.atRate(carried * times, Math.min(3, seconds), next, signal)
    const before = figuresOf(pid)
    // A person who stops a campaign in the middle of it, twice a second.
    let moves = 0
    const person = caller.atRate(2, seconds, () => pauseOrResume(id, moves++), signal)
    const { answers, late } = await caller.atRate(carried * times, seconds, next, signal)
    const stops = (await person).answers
    return { alone, carried, answers, late, stops, before, after: figuresOf(pid) }
  }
  const { alone, carried, answers, late, stops, before, after } = await Promise.race([measure(), loss])
  signal.throwIfAborted()
  if (after === null || before === null) throw new SetupError('The API has no figures: this needs Linux.')

  const kinds = ['read', 'registration'] as const
  const taken = answers.filter(isTaken)
  const refused = answers.filter(({ status }) => status === 429)
  const pauses = stops.filter(({ kind }) => kind === 'pause')
  const result = {
    machine: machine(),
    versions: await versions(pool, null),
    seconds,
    callers,
    carriedPerSecond: Math.round(carried),
    offeredPerSecond: Math.round(carried * times),
    takenPerSecond: Math.round(taken.length / seconds),
    refusedPerSecond: Math.round(refused.length / seconds),
    notSent: late,
    unanswered: [...answers, ...stops].filter(({ status }) => status === 0).length,
    serverErrors: [...answers, ...stops].filter(({ status }) => status >= 500).length,
    refusedMs: percentiles(refused),
    pauseMs: percentiles(pauses),
    pausesRefused: pauses.filter(({ status }) => status === 429).length,
    kinds: Object.fromEntries(
      kinds.map((kind) => {
        const of = (list: readonly Answered[]) =>
          percentiles(list.filter((answer) => answer.kind === kind && isTaken(answer)))
        const [unloaded, loaded] = [of(alone), of(answers)]
        return [kind, { unloaded, loaded, p99Ratio: round(loaded.p99 / unloaded.p99) }]
      }),
    ),
    p99Ratio: round(percentiles(taken).p99 / percentiles(alone).p99),
    // Of one core.
    apiCpuShare: round((after.cpuSeconds - before.cpuSeconds) / seconds),
    rssMbBefore: Math.round(before.rssMb),
    rssMbAfter: Math.round(after.rssMb),
  }
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`)
  const isSound = result.unanswered === 0 && result.serverErrors === 0 && result.pausesRefused === 0
  return isSound ? 0 : 1
})

function isTaken({ status }: Answered): boolean {
  return status >= 200 && status < 300
}

function pauseOrResume(id: string, move: number): Call {
  const kind = move % 2 === 0 ? 'pause' : 'resume'
  return { kind, method: 'POST', path: `/v1/campaigns/${id}/${kind}` }
}

async function makeCampaign(address: string, key: string): Promise<string> {
  const post = async (path: string, body?: object) => {
    const answer = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new SetupError(`POST ${path} was answered with ${answer.status}.`)
    return (await answer.json()) as { id: string }
  }
  const { id } = await post('/v1/campaigns', {
    name: 'overload',
    message: { title: 'a', body: 'b' },
    audience: { all: true },
  })
  await post(`/v1/campaigns/${id}/send`)
  return id
}

function percentiles(answers: readonly Answered[]) {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
