import { expect, test } from 'vitest'
import { BatchSlots, FIRST_SLOTS } from '../../src/dispatch/batch-slots.ts'

const load = (waiting: number, limit = 2_000) => ({ waiting, limit })
const facts = { waitingForRate: 0, isHeldBack: false }

test('a sender with little left to start gets more batches, up to the bound', () => {
  const slots = new BatchSlots(20)
  let now = FIRST_SLOTS
  for (let n = 0; n < 20; n++) now = slots.look({ ...facts, loads: [load(0)], batchesInHand: now })
  expect(now).toBe(20)
})

test('slots that are not all in use are not added to: there is nothing to take', () => {
  const slots = new BatchSlots(20)
  expect(slots.look({ ...facts, loads: [load(0)], batchesInHand: FIRST_SLOTS - 1 })).toBe(FIRST_SLOTS)
})

test('what is held back by a quota, PostgreSQL or memory gets no more', () => {
  const slots = new BatchSlots(20)
  const held = { ...facts, isHeldBack: true, loads: [load(0)], batchesInHand: FIRST_SLOTS }
  expect(slots.look(held)).toBe(FIRST_SLOTS)
})

test('more left than can be started soon takes slots away, one at a time', () => {
  const slots = new BatchSlots(20)
  expect(slots.look({ ...facts, loads: [load(1_600)], batchesInHand: 8 })).toBe(FIRST_SLOTS - 1)
  for (let n = 0; n < 20; n++) slots.look({ ...facts, loads: [load(1_600)], batchesInHand: 8 })
  expect(slots.look({ ...facts, loads: [load(1_000)], batchesInHand: 4 })).toBe(4)
})

test('batches that wait for the rate limit of their campaign occupy no slot', () => {
  const slots = new BatchSlots(20)
  expect(slots.look({ ...facts, waitingForRate: 3, loads: [load(1_000)], batchesInHand: 11 })).toBe(
    FIRST_SLOTS + 3,
  )
})
