import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openDelayRelay } from '../../load/hosts/delay-relay.ts'

test('what goes through a relay arrives whole, in order, and ends', async () => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  {
    await using relay = await openDelayRelay(
      '127.0.0.1',
      { host: '127.0.0.1', port: (echo.address() as AddressInfo).port },
      4,
    )
    const client = connect(relay.port, '127.0.0.1')
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`)
    for (const line of lines) client.write(line)
    client.end()
    expect(await text(client)).toBe(lines.join(''))
  }
  echo.close()
  await once(echo, 'close')
})
