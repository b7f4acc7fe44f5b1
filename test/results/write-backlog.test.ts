import { expect, test } from 'vitest'
import { WriteBacklog } from '../../src/results/write-backlog.ts'

test('is full at its limit, has room below it, and says so once each time', () => {
  const said: boolean[] = []
  const backlog = new WriteBacklog(10, (isFull) => said.push(isFull))
  backlog.added(9)
  expect(said).toEqual([])
  backlog.added(3)
  backlog.added(1)
  expect(backlog).toMatchObject({ isFull: true, unwritten: 13 })
  backlog.removed(4)
  expect(said).toEqual([true, false])
})

test('one recorder that cannot write holds everything, until it can', () => {
  const said: boolean[] = []
  const backlog = new WriteBacklog(10, (isFull) => said.push(isFull))
  const [one, other] = [{}, {}]
  backlog.setStuck(one, true)
  backlog.setStuck(other, true)
  backlog.setStuck(one, false)
  expect(backlog.isFull).toBe(true)
  backlog.setStuck(other, false)
  expect(said).toEqual([true, false])
})
