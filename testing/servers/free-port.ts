/**
 * A loopback port that is free now. It may be taken before it is used, so the caller must be able to try another.
 *
 * None of those that the system gives to outgoing connections (from 32768 on Linux, from 49152 elsewhere): a server that
 * stops for a while would find its port taken by a client.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST_PORT = 20_000
const LAST_PORT = 32_000
const TRIES = 100

export async function findFreePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(FIRST_PORT, LAST_PORT)
    const probe = createServer()
    try {
      probe.listen(port, '127.0.0.1')
      await once(probe, 'listening')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === TRIES) throw error
      continue
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}
