/**
 * A fake FCM over real HTTP/2 and TLS: answers as FCM answers, refuses what FCM refuses, counts what each device
 * got, and misbehaves on request. In the tests' own process here, as a process of its own by spawn-fake-fcm.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressKind } from '../../src/domain/address.ts'
import { makeCertificate } from './certificate.ts'
import { MessageChecker } from './check-message.ts'
import { type ConnectionStats, Connections } from './connections.ts'
import { DelayWheel } from './delay-wheel.ts'
import { Exchange, sayLastOrders } from './exchange.ts'
import { type Fault, FaultProgram } from './faults.ts'
import { Gate, type GateOptions } from './gate.ts'
import { Judge } from './judge.ts'
import { Ledger, type LedgerStats } from './ledger.ts'
import { type FakeFcmOptions, resolveOptions } from './options.ts'
import { type Series, TitleSeries } from './title-series.ts'
import { isDeadToken, tokenFor } from './token.ts'

interface FakeFcmStats extends LedgerStats, ConnectionStats {
  /** Streams with a whole request, valid or not. */
  requests: number
  /** Answers by HTTP status. */
  byStatus: Record<string, number>
  /** validate_only requests that passed. */
  validated: number
  /** Requests that a fault left without an answer. */
  lost: number
  /** Accepted messages whose sender had gone before their answer left: what was on its way when it died. */
  abandoned: number
}

export interface KeptMessage {
  address: string | undefined
  kind: AddressKind
  body: string
  /** When it was accepted, in this process's performance.now(). */
  at: number
  /** Its answer has left, in full. */
  isAnswered: boolean
}

interface MissingReport {
  /** Live tokens that were never accepted. */
  missing: number
  /** Of these, the first numbers. */
  numbers: number[]
  /** Tokens among those asked for that are dead. */
  dead: number
}

export interface FakeFcm extends AsyncDisposable {
  /** What FCM_ENDPOINT takes. */
  readonly origin: string
  /** What FCM_CA_FILE takes; removed by `close`. */
  readonly caFile: string
  stats(): FakeFcmStats
  /** How often the device got a message, and how often it was asked for. */
  acceptedCount(address: string): number
  receivedCount(address: string): number
  /** The first of these for many devices at a time. */
  acceptedCounts(addresses: readonly string[]): number[]
  /** The first accepted messages, at most `keepMessages` of them. */
  messages(): readonly KeptMessage[]
  /** What was accepted, by the title of the message and by tenth of a second: what a campaign's share is read from. */
  series(): Series[]
  /** Which of the tokens numbered 0 to `count - 1`, made with this seed, got nothing although they live. */
  missing(count: number, seed?: number): MissingReport
  /** Resolves when this many messages have been accepted, or requests received. */
  whenAccepted(count: number): Promise<void>
  whenReceived(count: number): Promise<void>
  program(fault: Fault): void
  /** Answers UNREGISTERED for these from now on, until `clearFaults`: their apps have other addresses now. */
  retire(addresses: readonly string[]): void
  clearFaults(): void
  hold(options?: GateOptions): Gate<Exchange>
  /** Changes the behaviour for requests to come. `port` and `maxStreams` stay as they were. */
  configure(options: FakeFcmOptions): void
  /** Sends GOAWAY on every open session and lets it finish. */
  goaway(): void
  /** Counts from zero. Faults and gates stay. */
  reset(): void
  close(): Promise<void>
}

export async function startFakeFcm(options: FakeFcmOptions = {}): Promise<FakeFcm> {
  let resolved = resolveOptions(options)
  const certificate = makeCertificate()
  const server = createSecureServer({
    cert: certificate.cert,
    key: certificate.key,
    settings: { maxConcurrentStreams: resolved.maxStreams },
    // Many resets come from our tests, not from an attacker.
    streamResetBurst: 1_000_000,
    streamResetRate: 1_000_000,
  })
  const ledger = new Ledger()
  const faults = new FaultProgram()
  const checker = new MessageChecker()
  const series = new TitleSeries()
  const connections = new Connections(server)
  let judge = new Judge(resolved, ledger, faults)
  let gates: Gate<Exchange>[] = []
  let counts = { requests: 0, validated: 0, lost: 0, abandoned: 0 }
  let byStatus: Record<string, number> = {}
  let kept: { exchange: Exchange; at: number }[] = []
  let waiting: { isDue: () => boolean; resolve: () => void }[] = []

  const wheel = new DelayWheel<Exchange>((exchange) => exchange.answer())

  function passGates(exchange: Exchange, at: 'arrival' | 'answer'): boolean {
    for (const gate of gates) {
      if (gate.isOpen || gate.at !== at || !gate.matches(exchange.address)) continue
      exchange.gate = gate
      gate.keep(exchange)
      return false
    }
    return true
  }

  const host = {
    /** The whole request is here. */
    arrived(exchange: Exchange): void {
      counts.requests++
      exchange.checked = checker.check(exchange.text)
      if (gates.length === 0 || passGates(exchange, 'arrival')) host.decide(exchange)
    },
    decide(exchange: Exchange): void {
      judge.decide(exchange)
      if (exchange.isAccepted) {
        series.add(exchange.checked.title, Date.now())
        if (kept.length < resolved.keepMessages) kept.push({ exchange, at: performance.now() })
      } else if (exchange.isValidated) counts.validated++
      if (waiting.length > 0) wake()
      if (gates.length === 0 || passGates(exchange, 'answer')) host.schedule(exchange)
    },
    schedule(exchange: Exchange): void {
      const delay = judge.latencyMs()
      if (delay === 0) exchange.answer()
      else wheel.add(exchange, delay)
    },
    answered(status: number): void {
      byStatus[status] = (byStatus[status] ?? 0) + 1
    },
    lost(): void {
      counts.lost++
    },
    closed(exchange: Exchange): void {
      if (exchange.isAccepted && !exchange.isAnswered) counts.abandoned++
      connections.closed(exchange.session)
      exchange.gate?.forget(exchange)
    },
  }

  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const session = connections.opened(stream)
    if (session !== undefined) new Exchange(stream, headers, session, host)
  })

  function wake(): void {
    waiting = waiting.filter(({ isDue, resolve }) => {
      if (!isDue()) return true
      resolve()
      return false
    })
  }

  function whenever(what: string, isDue: () => boolean): Promise<void> {
    if (isDue()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited 10000 ms for ${what}; ${JSON.stringify(ledger.stats)}`)),
        10_000,
      )
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      waiting.push({ isDue, resolve: done })
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(resolved.port, resolved.host, resolve)
  })
  const directory = mkdtempSync(join(tmpdir(), 'carillon-fake-fcm-'))
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, certificate.cert)

  async function close(): Promise<void> {
    for (const gate of gates) gate.open()
    wheel.clear()
    rmSync(directory, { recursive: true, force: true })
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    connections.destroyAll()
    await closed
  }

  return {
    origin: `https://${resolved.host === '127.0.0.1' ? resolved.host : 'localhost'}:${(server.address() as AddressInfo).port}`,
    caFile,
    stats: () => ({ ...ledger.stats, ...connections.stats, ...counts, byStatus: { ...byStatus } }),
    acceptedCount: (address) => ledger.acceptedCount(address),
    receivedCount: (address) => ledger.receivedCount(address),
    acceptedCounts: (addresses) => addresses.map((address) => ledger.acceptedCount(address)),
    messages: () => kept.map(({ exchange, at }) => keptMessage(exchange, at)),
    series: () => series.all,
    missing: (count, seed = 1) => findMissing(ledger, count, seed, resolved.deadShare),
    whenAccepted: (count) => whenever(`${count} accepted messages`, () => ledger.accepted >= count),
    whenReceived: (count) => whenever(`${count} received messages`, () => ledger.received >= count),
    program: (fault) => faults.program(fault),
    retire: (addresses) => faults.retire(addresses),
    clearFaults: () => faults.clear(),
    hold: (gateOptions = {}) => {
      const gate: Gate<Exchange> = new Gate(gateOptions, (exchange) => {
        exchange.gate = undefined
        if (exchange.isExcluded) return
        if (gate.at === 'arrival') host.decide(exchange)
        else host.schedule(exchange)
      })
      gates = [...gates.filter((other) => !other.isOpen), gate]
      return gate
    },
    configure: (changes) => {
      resolved = resolveOptions(changes, resolved)
      judge = new Judge(resolved, ledger, faults)
    },
    goaway: () => {
      for (const session of connections.sessions) sayLastOrders(session.http2)
    },
    reset: () => {
      ledger.reset()
      series.reset()
      connections.reset()
      judge = new Judge(resolved, ledger, faults)
      counts = { requests: 0, validated: 0, lost: 0, abandoned: 0 }
      byStatus = {}
      kept = []
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function keptMessage(exchange: Exchange, at: number): KeptMessage {
  const { address, kind, text, isAnswered, effect } = exchange
  const isLost = effect !== undefined && 'lose' in effect
  return { address, kind, body: text, at, isAnswered: isAnswered && !isLost }
}

/** Reports at most 100 numbers: enough to investigate a loss. */
function findMissing(ledger: Ledger, count: number, seed: number, deadShare: number): MissingReport {
  const report: MissingReport = { missing: 0, numbers: [], dead: 0 }
  for (let index = 0; index < count; index++) {
    const isAccepted = ledger.acceptedAt(index) > 0
    if (isAccepted && deadShare === 0) continue
    if (isDeadToken(tokenFor(index, { seed }), deadShare)) report.dead++
    else if (!isAccepted) {
      report.missing++
      if (report.numbers.length < 100) report.numbers.push(index)
    }
  }
  return report
}
