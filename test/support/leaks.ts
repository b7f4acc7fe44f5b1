/** What a test file must leave as it found it: a listener left on a signal is a worker that was not stopped. */
const EVENTS = ['SIGTERM', 'SIGINT', 'disconnect', 'uncaughtException', 'unhandledRejection'] as const

/** Takes stock now; the returned function throws if something was added since. */
export function expectNoLeaks(): () => void {
  const before = EVENTS.map((event) => process.listenerCount(event))
  return () => {
    const more = EVENTS.filter((event, i) => process.listenerCount(event) > (before[i] ?? 0))
    if (more.length > 0) {
      throw new Error(
        `This file leaves listeners on ${more.join(', ')} behind: something it started was not stopped.`,
      )
    }
  }
}
