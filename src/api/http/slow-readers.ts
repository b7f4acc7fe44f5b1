/**
 * Ends connections whose client does not read what it has asked for. What is written and not read stays in this process's
 * memory, and an export holds a connection of the database meanwhile. The server's idle timeout does not see a client
 * that takes a byte a minute.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '../../process/logger.ts'

export interface ReaderLimits {
  lookEveryMs: number
  /** A phone on a bad line reads fifty times as fast. */
  leastBytesPerSecond: number
  /** Looks in a row at which it had read less. */
  looks: number
}

const LIMITS: ReaderLimits = { lookEveryMs: 15_000, leastBytesPerSecond: 1_024, looks: 4 }

interface Reader {
  taken: number
  slowLooks: number
}

/** Stops with the server. */
export function endSlowReaders(server: Server, log: Logger, limits: ReaderLimits = LIMITS): void {
  const readers = new Map<Socket, Reader>()
  server.on('connection', (socket) => {
    readers.set(socket, { taken: 0, slowLooks: 0 })
    socket.once('close', () => readers.delete(socket))
  })
  const least = (limits.leastBytesPerSecond * limits.lookEveryMs) / 1_000
  const timer = setInterval(() => {
    for (const [socket, reader] of readers) {
      const { taken, isWaiting } = stateOf(socket)
      reader.slowLooks = isWaiting && taken - reader.taken < least ? reader.slowLooks + 1 : 0
      reader.taken = taken
      if (reader.slowLooks < limits.looks) continue
      log.info({ bytesTaken: taken }, 'a connection was ended, because its client does not read')
      socket.destroy()
    }
  }, limits.lookEveryMs)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}

/**
 * `bytesWritten` of a socket counts what waits in this process, too, and a write of a megabyte ends only when all of it is
 * taken. Its handle knows how much of that the kernel still has to take.
 */
function stateOf(socket: Socket): { taken: number; isWaiting: boolean } {
  const { _handle: handle } = socket as unknown as {
    _handle: { bytesWritten: number; writeQueueSize: number } | null
  }
  if (handle === null) return { taken: 0, isWaiting: false }
  return { taken: handle.bytesWritten - handle.writeQueueSize, isWaiting: handle.writeQueueSize > 0 }
}
