import { expect, test } from 'vitest'
import { grouped, percent, seconds } from '../../testing/terminal/format.ts'
import { Progress } from '../../testing/terminal/progress.ts'

const setup = (stream: { isTTY?: boolean; columns?: number }) => {
  const written: string[] = []
  let now = 0
  const progress = new Progress({ ...stream, write: (text: string) => written.push(text) }, () => now)
  const pass = (ms: number) => {
    now += ms
  }
  return { progress, written, pass }
}

test('without a terminal it speaks at each fifth and at the end, without control characters', () => {
  const { progress, written, pass } = setup({})
  const bar = progress.start('sending', 1000)
  for (let value = 0; value <= 1000; value += 10) {
    pass(10)
    bar.update(value)
  }
  bar.end()
  expect(written.map((line) => line.slice(0, 17))).toEqual([
    '  sending    20 %',
    '  sending    40 %',
    '  sending    60 %',
    '  sending    80 %',
    '  sending   100 %',
  ])
  expect(written[2]).toBe('  sending    60 %  600 of 1,000  1,000/s, 0.4 s left\n')
  expect(written.at(-1)).toBe('  sending   100 %  1,000 of 1,000  in 1.0 s\n')
})

test('without a terminal a slow bar speaks every ten seconds all the same', () => {
  const { progress, written, pass } = setup({})
  const bar = progress.start('sending', 1_000_000)
  for (let tick = 1; tick <= 30; tick++) {
    pass(1_000)
    bar.update(tick)
  }
  expect(written).toHaveLength(3)
})

test.each([30, 60, 80, 200])('in a terminal of %i columns no line wraps', (columns) => {
  const { progress, written, pass } = setup({ isTTY: true, columns })
  const bar = progress.start('sending', 10_000_000)
  pass(1_000)
  bar.update(1_234_567)
  pass(1_000)
  bar.update(2_345_678)
  bar.end()
  progress.stop()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const lines = written.flatMap((text) => text.replaceAll(/\x1b\[\d+[AK]|\r/g, '').split('\n'))
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns)
})

test('in a terminal two bars are drawn over, and the first goes when it has ended', () => {
  const { progress, written } = setup({ isTTY: true, columns: 80 })
  const planning = progress.start('planning', 10)
  const sending = progress.start('sending', 10)
  planning.update(10)
  planning.end()
  expect(written.at(-1)).toSatisfy(
    (text: string) => text.startsWith('\x1b[2A') && /planning.*100 %.*\n.*sending/s.test(text),
  )
  sending.end()
  expect(written.at(-1)).toSatisfy((text: string) => text.startsWith('\x1b[1A') && !text.includes('planning'))
})

test('a total that becomes known on the way is taken, and nothing is above 100 %', () => {
  const { progress, written } = setup({})
  const bar = progress.start('sending', 10)
  bar.update(12)
  bar.end()
  bar.update(3, 100)
  expect(written).toEqual(['  sending   100 %  12 of 10  in 0.0 s\n'])
})

test('numbers for people', () => {
  expect([percent(0.07), percent(0.0015), percent(1)]).toEqual(['7 %', '0.15 %', '100 %'])
  expect([grouped(1234567), seconds(0.25), seconds(59.94), seconds(184)]).toEqual([
    '1,234,567',
    '0.3 s',
    '59.9 s',
    '3 min 04 s',
  ])
})
