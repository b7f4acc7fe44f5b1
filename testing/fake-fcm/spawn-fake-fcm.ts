/**
 * Starts the fake FCM as a process of its own and controls it from here: the same functions as in-process, each
 * answered by a promise. For measurements, in which the fake must not share the sender's CPU time.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FakeFcm } from './fake-fcm.ts'
import type { Gate, GateOptions } from './gate.ts'
import type { FakeFcmOptions } from './options.ts'
import type { FakeFcmReply } from './server.ts'

type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

interface RemoteGate extends Remote<Pick<Gate<unknown>, 'waitForHeld' | 'release' | 'open'>> {
  held(): Promise<number>
}

export interface RemoteFakeFcm
  extends Remote<Omit<FakeFcm, 'origin' | 'caFile' | 'hold' | typeof Symbol.asyncDispose>>,
    AsyncDisposable {
  readonly origin: string
  readonly caFile: string
  readonly pid: number
  hold(options?: GateOptions): Promise<RemoteGate>
}

const CALLS = [
  'stats',
  'acceptedCount',
  'acceptedCounts',
  'receivedCount',
  'messages',
  'series',
  'missing',
  'whenAccepted',
  'whenReceived',
  'program',
  'retire',
  'clearFaults',
  'configure',
  'goaway',
  'reset',
] as const

export async function spawnFakeFcm(options: FakeFcmOptions = {}): Promise<RemoteFakeFcm> {
  const server = fileURLToPath(new URL('server.ts', import.meta.url))
  const child = fork(server, [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A Ctrl-C in the terminal must not take the receiver away from those that are still sending.
    detached: true,
  })
  const exited = once(child, 'exit')
  const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)])
  if (first === undefined) throw new Error('the fake FCM ended before it was ready; its own output says why')
  const { origin, caFile } = first[0] as { origin: string; caFile: string }

  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  child.on('message', ({ id, result, error }: FakeFcmReply) => {
    const waiting = pending.get(id)
    pending.delete(id)
    if (error !== undefined) waiting?.reject(new Error(error))
    else waiting?.resolve(result)
  })
  void exited.then(() => {
    for (const { reject } of pending.values()) reject(new Error('the fake FCM has ended'))
    pending.clear()
  })

  function ask(call: string, args: unknown[], gate?: number): Promise<unknown> {
    if (!child.connected)
      return Promise.reject(new Error(`the fake FCM has ended; cannot ask it for ${call}`))
    return new Promise((resolve, reject) => {
      const id = ++lastId
      pending.set(id, { resolve, reject })
      child.send({ id, call, args, ...(gate !== undefined && { gate }) })
    })
  }

  async function hold(gateOptions?: GateOptions): Promise<RemoteGate> {
    const gate = (await ask('hold', [gateOptions])) as number
    return {
      held: () => ask('held', [], gate) as Promise<number>,
      waitForHeld: (count) => ask('waitForHeld', [count], gate) as Promise<void>,
      release: (count) => ask('release', count === undefined ? [] : [count], gate) as Promise<void>,
      open: () => ask('open', [], gate) as Promise<void>,
    }
  }

  async function close(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }

  const remote = Object.fromEntries(CALLS.map((call) => [call, (...args: unknown[]) => ask(call, args)]))
  return {
    ...remote,
    origin,
    caFile,
    pid: child.pid,
    hold,
    close,
    [Symbol.asyncDispose]: close,
  } as unknown as RemoteFakeFcm
}
