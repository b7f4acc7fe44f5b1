import { expect, test } from 'vitest'
import { until } from './until.ts'

test('the first value that is something is returned', async () => {
  const values = [null, undefined, false, 0]
  expect(await until(() => values.shift(), { what: 'a value is there', intervalMs: 1 })).toBe(0)
})

test('a condition may throw as long as it does not hold', async () => {
  let tries = 0
  const condition = () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return tries
  }
  expect(await until(condition, { what: 'it was tried three times', intervalMs: 1 })).toBe(3)
})

test('waiting in vain says for what, for how long, and what was seen last', async () => {
  await expect(until(() => false, { what: 'pigs fly', timeoutMs: 20 })).rejects.toThrow(
    'Waited 20 ms in vain until pigs fly; the last thing seen was false',
  )
  const failing = () => Promise.reject(new Error('no wings'))
  await expect(until(failing, { what: 'pigs fly', timeoutMs: 20 })).rejects.toThrow(
    /seen was the error Error: no wings/,
  )
})
