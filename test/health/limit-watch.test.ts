import { expect, test } from 'vitest'
import {
  type BatchFacts,
  type DispatcherFacts,
  type Limit,
  LimitWatch,
  limitNow,
  type ProjectFacts,
} from '../../src/health/limit-watch.ts'

const idle = { eventLoop: 0.3, machine: 0.4 }

const project = (over: Partial<ProjectFacts> = {}): ProjectFacts => ({
  id: 1,
  breaker: 'closed',
  usedLastMinute: 42,
  limit: 400,
  mostInFlight: 10_000,
  inFlight: 100,
  latencyMs: 176,
  ...over,
})

const batches = (count: number, over: Partial<BatchFacts> = {}): BatchFacts[] =>
  Array.from({ length: count }, () => ({ projectId: 1, waitsFor: null, inFlight: 50, ...over }))

const dispatcher = (over: Partial<DispatcherFacts> = {}): DispatcherFacts => ({
  projects: [],
  batches: batches(8),
  slots: 8,
  mostBatches: 100,
  isMemoryHigh: false,
  isBacklogFull: false,
  ...over,
})

const full = { inFlight: 395 }
const waitsForQuota = batches(1, { waitsFor: 'project' })
const mostAtPostgres = [...batches(3), ...batches(5, { inFlight: 0 })]
const waitsForRate = batches(1, { waitsFor: 'campaign' })

test.each<[Limit, string, Partial<ProjectFacts>, Partial<DispatcherFacts>, typeof idle]>([
  ['memory', 'memory is high, whatever else', full, { isMemoryHigh: true, isBacklogFull: true }, idle],
  ['fcm_down', 'its breaker is open', { breaker: 'open' }, {}, idle],
  ['quota', 'a batch waits for the project', full, { batches: waitsForQuota, isBacklogFull: true }, idle],
  ['quota', 'no batch waits, since all are refused', { isRefused: true }, {}, idle],
  ['postgresql', 'results pile up unwritten', full, { isBacklogFull: true }, { eventLoop: 1, machine: 1 }],
  ['dispatch_concurrency', 'the limit is at its bound', { ...full, mostInFlight: 400 }, {}, idle],
  [
    'dispatch_concurrency',
    'the limit is at its bound on a machine that others keep busy',
    { ...full, mostInFlight: 400 },
    {},
    { eventLoop: 0.1, machine: 1 },
  ],
  ['cpu', 'the limit is used, and the event loop is full', full, {}, { eventLoop: 0.97, machine: 0.5 }],
  ['cpu', 'the limit is used, and the machine is full', full, {}, { eventLoop: 0.6, machine: 0.98 }],
  ['fcm_latency', 'the limit is used, and there is CPU time left', full, {}, idle],
  ['fcm_latency', 'only another campaign waits', full, { batches: waitsForRate }, idle],
  ['campaign_rate', 'a batch waits for its campaign', {}, { batches: waitsForRate }, idle],
  ['nothing_to_send', 'there is no batch', { inFlight: 0 }, { batches: [] }, idle],
  [
    'nothing_to_send',
    'the batches are of another project',
    {},
    { batches: batches(8, { projectId: 2 }) },
    idle,
  ],
  ['nothing_to_send', 'there is no further batch on the queue', {}, { batches: batches(7) }, idle],
  ['cpu', 'the sender has too little, and the event loop is full', {}, {}, { eventLoop: 0.97, machine: 0.5 }],
  ['dispatch_batches', 'the sender has too little, and no slot can be added', {}, { mostBatches: 8 }, idle],
  ['fcm_latency', 'the sender has too little, and slots are added soon', {}, {}, idle],
  [
    'postgresql',
    'the sender has too little, and most batches are not at FCM',
    {},
    { batches: mostAtPostgres, mostBatches: 8 },
    idle,
  ],
])('%s: %s', (limit, _, ofProject, ofDispatcher, cpu) => {
  expect(limitNow(project(ofProject), dispatcher(ofDispatcher), cpu)).toBe(limit)
})

const setup = (cpu = idle) => {
  const watch = new LimitWatch({ cpu: () => cpu, memoryShare: () => 0.72, recordMs: () => 31 })
  const look = (times: number, of: Partial<ProjectFacts>, over: Partial<DispatcherFacts> = {}) => {
    for (let n = 0; n < times; n++) watch.look(dispatcher({ ...over, projects: [project(of)] }))
  }
  return { watch, look }
}

test('the cause seen most often in the last looks is the answer', () => {
  const { watch, look } = setup()
  expect(watch.of(1)).toBeNull()
  look(30, full)
  look(20, full, { isBacklogFull: true })
  expect(watch.of(1)).toEqual({ by: 'fcm_latency', figure: 176 })
  look(10, full, { isBacklogFull: true })
  expect(watch.of(1)).toEqual({ by: 'postgresql', figure: 31 })
  expect(watch.of(2)).toBeNull()
})

test.each<[Limit, number | null, Partial<ProjectFacts>, Partial<DispatcherFacts>, typeof idle]>([
  ['memory', 0.72, {}, { isMemoryHigh: true }, idle],
  ['fcm_down', null, { breaker: 'half_open' }, {}, idle],
  ['quota', 42, {}, { batches: waitsForQuota }, idle],
  ['dispatch_concurrency', 400, { ...full, mostInFlight: 400 }, {}, idle],
  ['cpu', 0.98, full, {}, { eventLoop: 0.6, machine: 0.98 }],
  ['campaign_rate', 1, {}, { batches: waitsForRate }, idle],
  ['dispatch_batches', 8, {}, { mostBatches: 8 }, idle],
  ['nothing_to_send', null, {}, { batches: [] }, idle],
])('%s comes with %j', (by, figure, ofProject, ofDispatcher, cpu) => {
  const { watch, look } = setup(cpu)
  look(1, ofProject, ofDispatcher)
  expect(watch.of(1)).toEqual({ by, figure })
})
