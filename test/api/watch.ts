/** A viewer: reads the event stream of a campaign over a socket of its own, as a browser does. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestApp } from './start-app.ts'

interface SeenEvent {
  event: string
  id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by what they expect
  data: any
}

class Viewer {
  status: number | undefined
  headers: IncomingMessage['headers'] = {}
  readonly events: SeenEvent[] = []
  beats = 0
  /** The server has ended it, or it broke. */
  isOver = false
  isBroken = false
  text = ''
  readonly request: ClientRequest
  #rest = ''

  constructor(url: string, headers: Record<string, string>) {
    this.request = get(url, { headers, agent: false }, (response) => {
      this.status = response.statusCode
      this.headers = response.headers
      response.setEncoding('utf8')
      response.on('data', (text: string) => this.#take(text))
      response.on('error', () => {
        this.isBroken = true
      })
      response.on('close', () => {
        this.isOver = true
      })
    })
    this.request.on('error', () => {
      this.isBroken = true
      this.isOver = true
    })
  }

  get last(): SeenEvent | undefined {
    return this.events.at(-1)
  }

  #take(text: string): void {
    this.text += text
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      if (block.startsWith(':')) this.beats += 1
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
      const event = fields.get('event')
      if (event === undefined) continue
      this.events.push({ event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') })
    }
  }
}

/** Listens once, and gives a function that makes viewers. */
export async function openDoor(api: TestApp) {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const viewers: Viewer[] = []
  /** With a viewer's key; null takes a header away. */
  const watch = (id: string, headers: Record<string, string | null> = {}) => {
    const all = { authorization: `Bearer ${api.keys.viewer}`, ...headers }
    const given = Object.entries(all).filter(([, value]) => value !== null) as [string, string][]
    const url = `http://127.0.0.1:${port}/v1/campaigns/${id}/events`
    const viewer = new Viewer(url, Object.fromEntries(given))
    viewers.push(viewer)
    return viewer
  }
  return { port, viewers, watch }
}
