/** What the runs of bench-memory.ts come to, held against the budget. */

import { grouped } from '../../testing/terminal/progress.ts'
import { type Point, theilSenSlope } from '../figures/statistics.ts'
import type { Look, PipelineRound } from './pipeline.ts'

export interface MemoryRun {
  devices: number
  isLeaking: boolean
  round: PipelineRound
  looks: readonly Look[]
  /** Heap and indexes of `deliveries`, over its rows. */
  bytesPerDelivery: number
}

export const BUDGET = {
  rssRatio: 1.05,
  peakRssMb: 180,
  /** Of the time, when the audience is ten times as large. */
  timeOverAudience: 1.05,
  planSecondsPerMillion: 10,
  bytesPerDelivery: 140,
}

/** A slope over less time shows the warming up of the process and nothing else. */
const SLOPE_FROM_SECONDS = 30
/** Of what it has, a minute. The leak gains hundreds. */
const SLOPE_PERCENT = 10

export interface MemoryFigures {
  peakRssMb: Record<string, number>
  seconds: Record<string, number>
  ratePerSecond: Record<string, number>
  planSeconds: Record<string, number>
  /** Over the last 80 % of the run; null for a run that is too short to say. */
  slopeMbPerMinute: Record<string, number | null>
  queuePeak: Record<string, number>
  bytesPerDelivery: number
  rssRatio: number
  timeRatio: number
  audienceRatio: number
  leak: {
    devices: number
    peakRssMb: number
    rssRatio: number
    slopeMbPerMinute: number | null
    isCaught: boolean
  }
  /** A sentence for each budget that was not kept. */
  missed: string[]
}

export function memoryFiguresOf(runs: readonly MemoryRun[], watermark: number): MemoryFigures {
  const sound = runs.filter((run) => !run.isLeaking).sort((a, b) => a.devices - b.devices)
  const [first, last] = [sound[0], sound.at(-1)]
  const leaking = runs.find((run) => run.isLeaking)
  if (!first || !last || !leaking) throw new Error('expected a smallest, a largest and a leaking run')
  const by = <T>(of: (run: MemoryRun) => T) => Object.fromEntries(sound.map((run) => [run.devices, of(run)]))
  const figures = {
    peakRssMb: by((run) => round(run.round.peakRssMb, 1)),
    seconds: by((run) => round(run.round.seconds, 1)),
    ratePerSecond: by((run) => Math.round(run.devices / run.round.seconds)),
    planSeconds: by((run) => round(run.round.planSeconds, 2)),
    slopeMbPerMinute: by(slopeOf),
    queuePeak: by(queuePeakOf),
    bytesPerDelivery: round(last.bytesPerDelivery, 1),
    rssRatio: round(last.round.peakRssMb / first.round.peakRssMb, 3),
    timeRatio: round(last.round.seconds / first.round.seconds, 2),
    audienceRatio: last.devices / first.devices,
    leak: {
      devices: leaking.devices,
      peakRssMb: round(leaking.round.peakRssMb, 1),
      rssRatio: round(leaking.round.peakRssMb / first.round.peakRssMb, 3),
      slopeMbPerMinute: slopeOf(leaking),
      isCaught: leaking.round.peakRssMb / first.round.peakRssMb > BUDGET.rssRatio,
    },
  }
  return { ...figures, missed: missedBy(figures, sound, watermark) }
}

function missedBy(
  figures: Omit<MemoryFigures, 'missed'>,
  sound: readonly MemoryRun[],
  watermark: number,
): string[] {
  const missed: string[] = []
  const check = (value: number, limit: number, what: string) => {
    if (value > limit) missed.push(`${what}: ${round(value, 3)}, at most ${round(limit, 3)}`)
  }
  check(figures.rssRatio, BUDGET.rssRatio, 'peak RSS, largest over smallest audience')
  check(
    figures.timeRatio,
    BUDGET.timeOverAudience * figures.audienceRatio,
    'time, largest over smallest audience',
  )
  check(figures.bytesPerDelivery, BUDGET.bytesPerDelivery, 'bytes a delivery')
  for (const run of sound) {
    const who = `${grouped(run.devices)} devices`
    check(run.round.peakRssMb, BUDGET.peakRssMb, `peak RSS in MB at ${who}`)
    check(run.round.planSeconds, (BUDGET.planSecondsPerMillion * run.devices) / 1e6, `seconds to plan ${who}`)
    check(queuePeakOf(run), watermark, `entries on the queue at ${who}`)
    const slope = slopeOf(run)
    if (slope !== null) {
      check(slope, (SLOPE_PERCENT / 100) * run.round.peakRssMb, `RSS gained in MB a minute at ${who}`)
    }
  }
  return missed
}

export function slopeOf({ looks, round: { seconds } }: Pick<MemoryRun, 'looks' | 'round'>): number | null {
  if (seconds < SLOPE_FROM_SECONDS) return null
  const points: Point[] = looks
    .filter((look) => look.seconds > seconds * 0.2)
    .map((look) => ({ x: look.seconds / 60, y: look.rssMb }))
  return round(theilSenSlope(points), 2)
}

function queuePeakOf({ looks }: MemoryRun): number {
  return Math.max(0, ...looks.map((look) => look.queueSize))
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

export function memoryTableOf(figures: MemoryFigures): string {
  const { leak, missed } = figures
  const lines = Object.keys(figures.peakRssMb).map((devices) => {
    const slope = figures.slopeMbPerMinute[devices]
    return [
      `  ${grouped(Number(devices)).padStart(11)} devices`,
      `peak RSS ${figures.peakRssMb[devices]} MB`,
      slope == null ? 'too short for a slope' : `${slope} MB a minute`,
      `${figures.seconds[devices]} s`,
      `planned in ${figures.planSeconds[devices]} s`,
      `queue ${figures.queuePeak[devices]}`,
    ].join('   ')
  })
  const slope = leak.slopeMbPerMinute === null ? '' : `, ${leak.slopeMbPerMinute} MB a minute`
  return [
    ...lines,
    '',
    `  ${figures.audienceRatio} × the devices: ${figures.rssRatio} × the memory, ${figures.timeRatio} × the time`,
    `  ${figures.bytesPerDelivery} bytes a delivery on disk, indexes included`,
    `  a deliberate leak, ${grouped(leak.devices)} devices: ${leak.peakRssMb} MB, ${leak.rssRatio} ×${slope}: ${leak.isCaught ? 'caught' : 'NOT CAUGHT'}`,
    ...missed.map((sentence) => `  OVER BUDGET: ${sentence}`),
  ].join('\n')
}
