import { expect, test } from 'vitest'
import { BatchSlots, FIRST_SLOTS, type SlotUse } from '../../src/dispatch/batch-slots.ts'

const load = (waiting: number, limit = 2_000) => ({ waiting, limit })
const inHand = (count: number, waitsFor: SlotUse['waitsFor'] = null, projectId = 1): SlotUse[] =>
  Array.from({ length: count }, () => ({ projectId, waitsFor }))
const hungry = { loads: [load(0)], isHeldBack: false, campaigns: 1 }

test('a sender with little left to start gets more batches, up to the bound', () => {
  const slots = new BatchSlots(20)
  let now = FIRST_SLOTS
  for (let n = 0; n < 20; n++) now = slots.look({ ...hungry, batches: inHand(now) })
  expect(now).toBe(20)
})

test('slots that are not all in use are not added to: there is nothing to take', () => {
  const slots = new BatchSlots(20)
  expect(slots.look({ ...hungry, batches: inHand(FIRST_SLOTS - 1) })).toBe(FIRST_SLOTS)
})

test('what is held back by PostgreSQL or memory gets no more', () => {
  const slots = new BatchSlots(20)
  expect(slots.look({ ...hungry, isHeldBack: true, batches: inHand(FIRST_SLOTS) })).toBe(FIRST_SLOTS)
})

test('more left than can be started soon takes slots away, one at a time', () => {
  const slots = new BatchSlots(20)
  const full = { ...hungry, loads: [load(1_600)], batches: inHand(8) }
  expect(slots.look(full)).toBe(FIRST_SLOTS - 1)
  for (let n = 0; n < 20; n++) slots.look(full)
  expect(slots.look({ ...hungry, loads: [load(1_000)], batches: inHand(4) })).toBe(4)
})

test('under a rate limit, equal campaigns have two slots each', () => {
  const slots = new BatchSlots(20)
  let now = lookWhileLimited(slots)
  expect(now).toBe(2)
  const three = { ...hungry, campaigns: 3 }
  now = slots.look({ ...three, batches: inHand(2, 'project') })
  expect(now).toBe(6)
  for (let n = 0; n < 100; n++)
    now = slots.look({ ...three, batches: [...inHand(1), ...inHand(5, 'project')] })
  expect(now).toBe(6)
})

test('many equal campaigns share it by their turns on the queue, and without a rate limit each takes what it needs', () => {
  const limited = new BatchSlots(100)
  lookWhileLimited(limited)
  expect(limited.look({ ...hungry, campaigns: 300, batches: inHand(2, 'project') })).toBe(25)
  const slots = new BatchSlots(100)
  const fed = { loads: [load(500)], isHeldBack: false, campaigns: 300 }
  expect(slots.look({ ...fed, batches: inHand(FIRST_SLOTS) })).toBe(FIRST_SLOTS)
})

/** As many as it may have in hand, all but one of which wait; a hundred looks are ten seconds. */
function lookWhileLimited(slots: BatchSlots, looks = 100): number {
  let now = FIRST_SLOTS
  for (let n = 0; n < looks; n++) {
    now = slots.look({ ...hungry, batches: [...inHand(1), ...inHand(now - 1, 'project')] })
  }
  return now
}

test('under a rate limit, a few batches wait for it, and the rest is left to others', () => {
  expect(lookWhileLimited(new BatchSlots(20))).toBe(2)
  expect(lookWhileLimited(new BatchSlots(20), 7)).toBeGreaterThan(2)
})

test('a burst of batches that wait for a moment takes no slot away', () => {
  const slots = new BatchSlots(20)
  const fed = { loads: [load(500)], isHeldBack: false, campaigns: 1 }
  slots.look({ ...fed, batches: inHand(8, 'project') })
  expect(slots.look({ ...fed, batches: inHand(8) })).toBe(FIRST_SLOTS)
})

test('batches that wait for FCM all at once leave the limit unused: there are more, until one always waits', () => {
  const slots = new BatchSlots(20)
  let now = lookWhileLimited(slots)
  // 333 a second at 300 to 800 ms: 1.5 s for the messages of a batch, and 0.8 s for its last answers and its end.
  for (let n = 0; n < 100; n++)
    now = slots.look({ ...hungry, batches: inHand(now, n % 23 < 15 ? 'project' : null) })
  expect(now).toBeGreaterThan(3)
  expect(now).toBeLessThan(10)
  for (let n = 0; n < 100; n++) {
    now = slots.look({ ...hungry, batches: [...inHand(now - 1), ...inHand(1, 'project')] })
  }
  const enough = now
  for (let n = 0; n < 100; n++) {
    now = slots.look({ ...hungry, batches: [...inHand(now - 1), ...inHand(1, 'project')] })
  }
  expect(now).toBe(enough)
})

test('with the limit gone, the batches come back', () => {
  const slots = new BatchSlots(20)
  let now = lookWhileLimited(slots)
  for (let n = 0; n < 60; n++) now = slots.look({ ...hungry, batches: inHand(now) })
  expect(now).toBe(20)
})

test('a project at its limit takes no slot from one that is not', () => {
  const slots = new BatchSlots(20)
  let now = FIRST_SLOTS
  for (let n = 0; n < 100; n++) {
    now = slots.look({ ...hungry, batches: [...inHand(now - 4), ...inHand(4, 'project', 2)] })
  }
  expect(now).toBe(20)
})
