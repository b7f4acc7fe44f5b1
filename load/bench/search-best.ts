/** Finds the setting with the highest rate: doubles it until the rate has fallen twice, then looks on both sides of the best. */

export interface Search {
  best: number
  /** Messages a second, by setting. */
  rates: Record<number, number>
}

/** The best is behind it when the rate has been lower than the highest this often in a row. */
const WORSE_IN_A_ROW = 2

/**
 * `measure` returns the rate at a setting. Starts at `first`, stays from 1 to `most`. If the best is `first`, lower settings
 * are tried as well. Rejects when the rate still rises at `most`: that would be no best.
 */
export async function searchBest(
  measure: (setting: number) => Promise<number>,
  { first, most }: { first: number; most: number },
): Promise<Search> {
  const rates: Record<number, number> = {}
  const bestOf = () => Number(Object.entries(rates).sort(([, a], [, b]) => b - a)[0]?.[0] ?? first)
  const walk = async (next: (setting: number) => number, from: number) => {
    for (let setting = from, worse = 0; setting >= 1 && setting <= most && worse < WORSE_IN_A_ROW; ) {
      const best = rates[bestOf()] ?? 0
      const rate = Math.round(await measure(setting))
      rates[setting] = rate
      worse = rate > best ? 0 : worse + 1
      setting = next(setting)
    }
  }
  await walk((setting) => setting * 2, first)
  if (bestOf() === first) await walk((setting) => Math.floor(setting / 2), Math.floor(first / 2))
  const middle = bestOf()
  if (middle * 2 > most) throw new Error(`the rate still rises at ${middle}: ${JSON.stringify(rates)}`)
  for (const setting of [Math.round(middle * 0.75), Math.round(middle * 1.5)]) {
    if (setting >= 1 && rates[setting] === undefined) rates[setting] = Math.round(await measure(setting))
  }
  return { best: bestOf(), rates }
}
