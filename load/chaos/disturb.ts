/** Causes each fault of the schedule when its share of the campaign is reached, and starts measuring the recovery. */
import { setTimeout as wait } from 'node:timers/promises'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { type CauseDeps, cause, nameOf } from './cause-fault.ts'
import type { Happening, Planned, Schedule } from './schedule.ts'
import { readStanding } from './standing.ts'

const LOOK_MS = 10

export interface DisturbOptions extends CauseDeps {
  schedule: Schedule
  fcm: RemoteFakeFcm
  devices: number
  say: (line: string) => void
  /** Aborted when the campaign has ended: remaining faults are skipped. */
  signal: AbortSignal
}

/** What has happened, in order. */
export type Happened = Happening[]

/** Resolves when everything has happened and every server is back, or `signal` was aborted. */
export async function disturb(options: DisturbOptions, happened: Happened): Promise<void> {
  const { schedule, pool, fcm, campaignId, devices, signal } = options
  const outages: Promise<void>[] = []
  const lane = async (all: readonly Planned[], shareOf: () => Promise<number>) => {
    for (const planned of all) {
      while ((await shareOf().catch(() => 0)) < planned.share) await wait(LOOK_MS, undefined, { signal })
      await wait(planned.delayMs, undefined, { signal })
      options.say(`  ${`${Math.round(planned.share * 100)} %`.padStart(5)}  ${nameOf(planned.what)}`)
      const { done, isOutage } = cause(planned.what, options)
      // A failure is reported where it is awaited.
      done.catch(() => {})
      if (isOutage) outages.push(done)
      else await done
      signal.throwIfAborted()
      happened.push(planned.what)
    }
  }
  try {
    await Promise.all([
      lane(schedule.whilePlanning, async () => (await readStanding(pool, campaignId)).planned / devices),
      lane(schedule.whileSending, async () => (await fcm.stats()).distinct / devices),
    ])
    await Promise.all(outages)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
