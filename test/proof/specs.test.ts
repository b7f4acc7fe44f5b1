/** Compares proof/specs.ts with the models and with docs/guarantees.md. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SPECS, tableLine } from '../../proof/specs.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const invariants = SPECS.flatMap((spec) => spec.invariants.map((invariant) => ({ spec, ...invariant })))

test('every model is checked', () => {
  expect(SPECS.map(({ name }) => `proof/${name}.qnt`)).toEqual(
    globSync('proof/*.qnt', { cwd: ROOT }).toSorted(),
  )
})

test.each(SPECS)('$name.qnt: all invariants and witnesses are checked', ({ name, ...spec }) => {
  const [, afterSteps = ''] = read(`proof/${name}.qnt`).split('// ── Invariants')
  const [checked = '', reached = ''] = afterSteps.split('// ── Witnesses')
  const values = (text: string) => [...text.matchAll(/^ {2}val (\w+) =/gm)].map(([, value]) => value)
  expect(spec.invariants.map((invariant) => invariant.name)).toEqual(values(checked))
  expect(spec.witnesses).toEqual(values(reached))
})

test.each(SPECS)('$name.qnt: all mutants are checked', ({ name, ...spec }) => {
  const inModel = read(`proof/${name}.qnt`).matchAll(/MUTANT [!=]= "(\w+)"/g)
  const checked = spec.invariants.flatMap(({ mutants }) => mutants.map((mutant) => mutant.name))
  expect(checked.toSorted()).toEqual([...new Set(Array.from(inModel, ([, mutant]) => mutant))].toSorted())
})

test.each(invariants)('$spec.name.qnt: $name has a mutant', ({ mutants }) => {
  expect(mutants).not.toEqual([])
})

test('docs/guarantees.md has the table of the models', () => {
  const section = read('docs/guarantees.md').split('## The model')[1]?.split('\n## ')[0] ?? ''
  expect(section.split('\n').filter((line) => /^\| [\d–]/.test(line))).toEqual(
    invariants.map((invariant) => tableLine(invariant.spec, invariant)),
  )
})
