/** Somebody who is told: an HTTP server that keeps what is posted to it. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Webhook {
  url: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by what they expect
  alerts: any[]
}

export async function startWebhook(
  answer: RequestListener = (_request, response) => response.end(),
): Promise<Webhook> {
  const alerts: unknown[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    alerts.push(JSON.parse(text))
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, alerts }
}
