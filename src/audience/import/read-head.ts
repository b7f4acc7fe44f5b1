/** Reads the beginning of a stream, to judge it, and gives out the whole stream again. */
export interface Head {
  bytes: Buffer
  /** The stream has no more than `bytes`. */
  isWhole: boolean
  /** All of it, from the first byte, or from a later one. */
  from(start: number): AsyncGenerator<Buffer>
}

export async function readHead(source: AsyncIterable<Buffer>, bytes: number): Promise<Head> {
  const iterator = source[Symbol.asyncIterator]()
  const pieces: Buffer[] = []
  let length = 0
  let isWhole = false
  while (length < bytes) {
    const next = await iterator.next()
    if (next.done === true) {
      isWhole = true
      break
    }
    // A copy: the stream may use its buffer again.
    pieces.push(Buffer.from(next.value))
    length += next.value.length
  }
  const head = Buffer.concat(pieces)
  return {
    bytes: head,
    isWhole,
    async *from(start) {
      try {
        if (head.length > start) yield head.subarray(start)
        while (!isWhole) {
          const next = await iterator.next()
          if (next.done === true) return
          yield next.value
        }
      } finally {
        await iterator.return?.()
      }
    },
  }
}
