import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VARIABLES } from '../../src/config/config.ts'

const text = await readFile(join(import.meta.dirname, '../../.env.example'), 'utf8')
const lines = text.split('\n')
const entries = lines.flatMap((line, i) => {
  const [, hash, name = '', value] = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
  return name ? [{ name, value, isDefault: hash === '#', above: lines[i - 1] ?? '' }] : []
})

test('.env.example lists every variable, in the order of config.ts', () => {
  expect(entries.map(({ name }) => name)).toEqual(Object.keys(VARIABLES))
})

test.each(Object.entries(VARIABLES))(
  '.env.example shows the default of %s and says what it is',
  (name, variable) => {
    const entry = entries.find((candidate) => candidate.name === name)
    const { fallback } = variable as { fallback?: unknown }
    // A variable without a default has to be set, and an example of its value is given.
    expect(entry?.isDefault).toBe(fallback !== undefined)
    if (fallback !== undefined) expect(entry?.value).toBe(fallback === null ? '' : String(fallback))
    else expect(variable.read(entry?.value ?? '')).toBeDefined()
    expect(entry?.above).toMatch(/^# .{10}/)
  },
)
