/**
 * Debian's Firefox, driven over WebDriver BiDi by hand: Playwright's own build of Firefox is not to be had without its
 * download, and with Debian's it asks for a command (emulation.setMediaFeaturesOverride) that this Firefox does not know.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr'
export const hasFirefox = existsSync(FIREFOX)

export interface Firefox {
  open(url: string): Promise<void>
  /** The value of an expression; a promise is awaited. Numbers, texts and booleans only. */
  evaluate(expression: string): Promise<unknown>
  /** What pages have thrown or logged as errors. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export async function startFirefox(width: number, height: number): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), 'carillon-firefox-'))
  const child = spawn(FIREFOX, [
    '--headless',
    '--no-remote',
    '--profile',
    profile,
    '--remote-debugging-port',
    '0',
  ])
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Firefox ended: ${said}`)))
  })
  const socket = new WebSocket(`${address}/session`)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('Firefox does not answer.')), { once: true })
  })
  const complaints: string[] = []
  const waiting = new Map<number, (answer: Answer) => void>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer)
    else if (answer.method === 'log.entryAdded' && answer.params?.level === 'error')
      complaints.push(String(answer.params.text))
  })
  let count = 0
  const send = async (method: string, params: object): Promise<Record<string, unknown>> => {
    count += 1
    const id = count
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const answer = await answered
    waiting.delete(id)
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`)
    return answer.result ?? {}
  }
  await send('session.new', { capabilities: {} })
  await send('session.subscribe', { events: ['log.entryAdded'] })
  const { context } = await send('browsingContext.create', { type: 'tab' })
  await send('browsingContext.setViewport', { context, viewport: { width, height } })

  return {
    complaints,
    async open(url) {
      const go = () => send('browsingContext.navigate', { context, url, wait: 'complete' })
      // What the page before was still loading is given up, which Firefox may report as the end of this navigation.
      await go().catch((error: Error) => {
        if (!error.message.includes('NS_BINDING_ABORTED')) throw error
        return go()
      })
    },
    async evaluate(expression) {
      const answer = await send('script.evaluate', { expression, awaitPromise: true, target: { context } })
      if (answer.type === 'exception') throw new Error(JSON.stringify(answer.exceptionDetails))
      return (answer.result as { value?: unknown }).value
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await send('browser.close', {}).catch(() => child.kill())
      await ended
      await rm(profile, { recursive: true, force: true })
    },
  }
}

interface Answer {
  id?: number
  type: string
  method?: string
  params?: { level?: string; text?: string }
  result?: Record<string, unknown>
  message?: string
}
