/** Assembles the fragments of a header block: HEADERS and the CONTINUATIONs that follow it (RFC 9113, 6.2, 6.10). */
import {
  END_HEADERS,
  END_STREAM,
  FRAME_SIZE_ERROR,
  Http2Error,
  PRIORITY,
  PROTOCOL_ERROR,
  withoutPadding,
} from './frames.ts'

/** A larger block is an attack, or not from FCM. Parts are limited as well: empty ones would never reach the size. */
const LONGEST_BLOCK = 131_072
const MOST_PARTS = 64

export interface HeaderBlock {
  streamId: number
  endsStream: boolean
  bytes: Buffer
}

export class HeaderAssembly {
  #pending: { streamId: number; endsStream: boolean; parts: Buffer[]; length: number } | undefined

  /** The stream whose block is incomplete; only its next part may follow. */
  get streamId(): number | undefined {
    return this.#pending?.streamId
  }

  /** Returns the block if it is complete, as does `goOn`. Throws Http2Error. */
  begin(flags: number, streamId: number, payload: Buffer): HeaderBlock | undefined {
    let bytes = withoutPadding(flags, payload)
    if ((flags & PRIORITY) !== 0) {
      if (bytes.length < 5)
        throw new Http2Error(FRAME_SIZE_ERROR, 'HEADERS without the priority that their flag announces')
      bytes = bytes.subarray(5)
    }
    const endsStream = (flags & END_STREAM) !== 0
    if ((flags & END_HEADERS) !== 0) return { streamId, endsStream, bytes }
    this.#pending = { streamId, endsStream, parts: [Buffer.from(bytes)], length: bytes.length }
    return undefined
  }

  goOn(flags: number, payload: Buffer): HeaderBlock | undefined {
    const pending = this.#pending
    if (pending === undefined)
      throw new Http2Error(PROTOCOL_ERROR, 'a CONTINUATION without HEADERS before it')
    pending.parts.push(Buffer.from(payload))
    pending.length += payload.length
    if (pending.length > LONGEST_BLOCK || pending.parts.length > MOST_PARTS) {
      throw new Http2Error(PROTOCOL_ERROR, 'a header block without an end')
    }
    if ((flags & END_HEADERS) === 0) return undefined
    this.#pending = undefined
    const { streamId, endsStream, parts } = pending
    return { streamId, endsStream, bytes: Buffer.concat(parts) }
  }
}
