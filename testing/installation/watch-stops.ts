/**
 * For `node --import`: tells how long a process's event loop has stood still. Answers `{ask: 'stops'}` with
 * `{answer: 'stops', longestMs}`, the longest stops of the time since the question before, the longest first; the first answer
 * has the start of the process in it.
 *
 * It counts the CPU time of the main thread and not the clock: what other processes of a busy machine take is no stop of
 * ours, and what is counted is the same on every machine of the same speed. The timer looks once in each turn of the loop, so
 * what is counted is everything that one turn did.
 */
const KEPT = 3
let longestMs: number[] = []
let last = cpuMs()

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

function look(): void {
  const now = cpuMs()
  note(now - last)
  last = now
  setTimeout(look, 1).unref()
}

function note(ms: number): void {
  if (ms <= (longestMs[KEPT - 1] ?? 0)) return
  longestMs = [...longestMs, ms].sort((a, b) => b - a).slice(0, KEPT)
}

look()
process.on('message', (message: { ask?: unknown }) => {
  if (message.ask !== 'stops') return
  // Whatever this turn has done so far.
  note(cpuMs() - last)
  process.send?.({ answer: 'stops', longestMs })
  longestMs = []
})
// A listener keeps the channel, and with it the process, alive.
process.channel?.unref()
