/**
 * One read at a time of the same thing, however many ask. Whoever asks while one is under way waits for the next,
 * which all who wait share: an answer is never older than its question, so nobody misses what they have just done.
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
