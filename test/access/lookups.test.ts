import { expect, test } from 'vitest'
import { Lookups } from '../../src/access/lookups.ts'

function setup() {
  let now = 0
  const lookups = new Lookups(() => now)
  const asked: string[] = []
  const waiting: (() => void)[] = []
  /** Answers when `answerAll` is called. */
  const ask = (name: string, found: string | null = null, address?: string) =>
    lookups.find(
      name,
      async () => {
        asked.push(name)
        await new Promise<void>((resolve) => waiting.push(resolve))
        return found
      },
      address,
    )
  const answerAll = async (asking: Promise<unknown>[]) => {
    const all = Promise.all(asking)
    let isDone = false
    void all.finally(() => {
      isDone = true
    })
    while (!isDone) {
      for (const answer of waiting.splice(0)) answer()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return await all
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { lookups, asked, ask, answerAll, pass }
}

test('what was looked up in vain is not looked up again for five seconds', async () => {
  const { asked, ask, answerAll, pass } = setup()
  expect(await answerAll([ask('a')])).toEqual([null])
  pass(4_999)
  expect(await ask('a')).toBeNull()
  expect(asked).toEqual(['a'])
  pass(1)
  expect(await answerAll([ask('a', 'found')])).toEqual(['found'])
  expect(asked).toEqual(['a', 'a'])
})

test('a failure is no answer', async () => {
  const { lookups, asked, ask, answerAll } = setup()
  await expect(lookups.find('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await answerAll([ask('a', 'found')])).toEqual(['found'])
  expect(asked).toEqual(['a'])
})

test('two are looked up at a time, twenty wait, and all others are refused at once', async () => {
  const { lookups, asked, ask, answerAll } = setup()
  const asking = Array.from({ length: 22 }, (_, i) => ask(`${i}`))
  await new Promise((resolve) => setImmediate(resolve))
  expect([asked.length, lookups.isFull]).toEqual([2, true])
  await expect(ask('another')).rejects.toMatchObject({
    code: 'overloaded',
    status: 429,
    retryAfterSeconds: 2,
  })
  await answerAll(asking)
  expect([asked.length, lookups.isFull, lookups.refused]).toEqual([22, false, 1])
})

test('one address has fifteen places to wait in, and the last five are for others', async () => {
  const { lookups, asked, ask, answerAll } = setup()
  const asking = Array.from({ length: 17 }, (_, i) => ask(`${i}`, null, 'one'))
  expect([lookups.isFull, lookups.isFullFor('one'), lookups.isFullFor('two')]).toEqual([false, true, false])
  await expect(ask('18', null, 'one')).rejects.toMatchObject({ code: 'overloaded' })
  asking.push(ask('a', null, 'two'))
  await expect(ask('b', null, 'two')).rejects.toMatchObject({ code: 'overloaded' })
  for (const address of ['three', 'four', 'five', 'six']) asking.push(ask(address, null, address))
  expect(lookups.isFullFor('seven')).toBe(true)
  await answerAll(asking)
  expect(asked).toHaveLength(22)
  // Nothing is remembered of an address that waits for nothing.
  expect([lookups.isFullFor('one'), lookups.isFullFor('two')]).toEqual([false, false])
})

test('it remembers ten thousand, and forgets the oldest', async () => {
  const { lookups } = setup()
  for (let i = 0; i <= 10_000; i += 1) await lookups.find(`${i}`, async () => null)
  expect(['0', '1', '10000'].map((name) => lookups.isUnknown(name))).toEqual([false, true, true])
})
