import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const CSS = readFileSync(join(import.meta.dirname, '../../console/src/tokens.css'), 'utf8')

/** Text, and the grounds that it stands on. */
const TEXT: Record<string, readonly string[]> = {
  '--text': ['--page', '--surface', '--sunken', '--accent-soft', '--quiet-soft'],
  '--muted': ['--page', '--surface', '--sunken', '--quiet-soft'],
  '--accent-text': ['--page', '--surface', '--sunken', '--accent-soft'],
  '--sent-text': ['--surface', '--sunken', '--sent-soft'],
  '--failed-text': ['--page', '--surface', '--sunken', '--failed-soft'],
  '--warning-text': ['--page', '--surface', '--sunken', '--warning-soft'],
}
/** What is drawn and has a meaning. */
const DRAWN = [
  '--sent',
  '--failed',
  '--skipped',
  '--in-doubt',
  '--canceled',
  '--sending',
  '--scheduled',
  '--paused',
]

describe.each(['light', 'dark'])('%s', (scheme) => {
  const colors = colorsOf(scheme)

  test('text can be read on everything it stands on', () => {
    const weak = Object.entries(TEXT).flatMap(([text, grounds]) =>
      grounds
        .map((ground) => [text, ground, contrast(colors.get(text), colors.get(ground))] as const)
        .filter(([, , ratio]) => ratio < 4.5),
    )
    expect(weak).toEqual([])
    expect(contrast('#ffffff', colors.get('--accent'))).toBeGreaterThanOrEqual(4.5)
  })

  test('what is drawn can be told from its ground', () => {
    const weak = DRAWN.map((name) => [name, contrast(colors.get(name), colors.get('--surface'))] as const)
    expect(weak.filter(([, ratio]) => ratio < 3)).toEqual([])
  })
})

test('both schemes have every color', () => {
  expect([...colorsOf('dark').keys()]).toEqual([...colorsOf('light').keys()])
})

function colorsOf(scheme: string): Map<string, string> {
  const block = CSS.slice(CSS.indexOf(`[data-mantine-color-scheme="${scheme}"] {`))
  const colors = block.slice(0, block.indexOf('}')).matchAll(/(--[a-z-]+): (#[0-9a-f]{6});/g)
  return new Map([...colors].map(([, name, color]) => [name as string, color as string]))
}

/** As WCAG 2 computes it. */
function contrast(a: string | undefined, b: string | undefined): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color = ''): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
