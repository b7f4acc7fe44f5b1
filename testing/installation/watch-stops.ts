/**
 * For `node --import`: tells how long a process's event loop has stood still at most. Answers `{ask: 'stops'}` with
 * `{answer: 'stops', longestMs}`, of the time since the question before; the first answer has the start of the process in it.
 *
 * It counts the CPU time of the main thread and not the clock: what other processes of a busy machine take is no stop of
 * ours, and what is counted is the same on every machine of the same speed. The timer looks once in each turn of the loop, so
 * what is counted is everything that one turn did.
 */
let longestMs = 0
let last = cpuMs()

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

function look(): void {
  const now = cpuMs()
  longestMs = Math.max(longestMs, now - last)
  last = now
  setTimeout(look, 1).unref()
}

look()
process.on('message', (message: { ask?: unknown }) => {
  if (message.ask !== 'stops') return
  // Whatever this turn has done so far.
  longestMs = Math.max(longestMs, cpuMs() - last)
  process.send?.({ answer: 'stops', longestMs })
  longestMs = 0
})
// A listener keeps the channel, and with it the process, alive.
process.channel?.unref()
