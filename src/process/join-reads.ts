/**
 * Limits concurrent reads of the same key to one. Callers that arrive during a read share the next one, so a result is
 * never older than the call that asked for it: a caller always sees its own earlier writes.
 */
export function joinReads<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const reads = new Map<string, { current: Promise<T>; next?: Promise<T> }>()

  const start = (key: string): Promise<T> => {
    const turn: { current: Promise<T>; next?: Promise<T> } = { current: read(key) }
    reads.set(key, turn)
    const forget = () => {
      if (turn.next === undefined) reads.delete(key)
    }
    turn.current.then(forget, forget)
    return turn.current
  }

  return (key) => {
    const turn = reads.get(key)
    if (turn === undefined) return start(key)
    const go = () => start(key)
    turn.next ??= turn.current.then(go, go)
    return turn.next
  }
}
