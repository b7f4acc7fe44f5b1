/**
 * The fake FCM as a process of its own. Options come as one JSON argument; it says `{ready, origin, caFile}` on
 * IPC, or as a line on stdout when it was not forked, and is controlled over IPC (see spawn-fake-fcm.ts). Ends on
 * SIGTERM, SIGINT, or with the process that forked it.
 */
import { startFakeFcm } from './fake-fcm.ts'
import type { Gate } from './gate.ts'
import type { FakeFcmOptions } from './options.ts'

/** A call from the other side: one of the functions of FakeFcm, or of a gate that it made. */
export interface FakeFcmCall {
  id: number
  call: string
  /** The gate's number, for calls to a gate. */
  gate?: number
  args: unknown[]
}

export interface FakeFcmReply {
  id: number
  result?: unknown
  error?: string
}

/** Bodies are not needed for counting. */
const options: FakeFcmOptions = { keepMessages: 0, ...JSON.parse(process.argv[2] ?? '{}') }
const fake = await startFakeFcm(options)
// Node makes an error for every answer whose stream closes before its write is reported, which is each of them, and
// throws it away. Without a stack that costs nothing; with one, a sixth of all this process does.
Error.stackTraceLimit = 0
const gates: Gate<unknown>[] = []

async function perform({ call, gate: gateNumber, args }: FakeFcmCall): Promise<unknown> {
  if (call === 'hold') return gates.push(fake.hold(args[0] as never) as Gate<unknown>) - 1
  const target = (gateNumber === undefined ? fake : gates[gateNumber]) as Record<string, unknown> | undefined
  const member = target?.[call]
  if (typeof member === 'function') return await member.apply(target, args)
  if (member !== undefined) return member
  throw new Error(`the fake FCM has no "${call}"`)
}

async function stop(): Promise<void> {
  await fake.close()
  process.exit(0)
}

process.on('message', async (message: FakeFcmCall) => {
  const reply: FakeFcmReply = { id: message.id }
  try {
    reply.result = await perform(message)
  } catch (error) {
    reply.error = String(error instanceof Error ? error.message : error)
  }
  if (process.connected) process.send?.(reply, undefined, undefined, () => {})
})
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)

const ready = { ready: true, origin: fake.origin, caFile: fake.caFile }
// The parent process may have ended already.
if (process.send && !process.connected) await stop()
else if (process.send) process.send(ready, undefined, undefined, () => {})
else process.stdout.write(`${JSON.stringify(ready)}\n`)
