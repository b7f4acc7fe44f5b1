/**
 * `npm run proof`: simulates the models with Quint. A model must violate no invariant. Each of its mutants, which lacks
 * one guard, must violate the invariant that the guard protects: an invariant that nothing violates is no check.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { type Mutant, SPECS, type Spec } from './specs.ts'

const HELP = `Usage: npm run proof -- [options]

Runs the models in proof/ with random steps and checks their invariants. Then leaves out
each guard, one at a time, and expects its invariant to be violated. Exits with 1 if a model
violates an invariant, a mutant does not, or a model never reaches one of its states.

  --runs N    runs of each model (default: ${SPECS.map(({ name, runs }) => `${name} ${runs}`).join(', ')})
  --seed S    repeat the runs of an earlier check, which printed S
  --only M    one model, by the name of its file
  --json      one object instead of tables
  --help      this text
`
/** A mutant that violates nothing in so many runs is a failure. The rarest violations need about 200. */
const MUTANT_RUNS = 3_000
const QUINT = fileURLToPath(import.meta.resolve('@informalsystems/quint/dist/src/cli.js'))

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: `0x${Math.floor(Math.random() * 2 ** 32).toString(16)}` },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const { seed, only } = values
const specs = SPECS.filter(({ name }) => only === undefined || name === only)
if (specs.length === 0) refuse(`--only is "${only}"; expected ${SPECS.map(({ name }) => name).join(', ')}.`)
if (!/^(0x[\da-f]+|\d+)$/i.test(seed)) refuse(`--seed is "${seed}"; expected a number, as 7 or 0x7.`)
if (values.runs !== undefined && !/^[1-9]\d{0,6}$/.test(values.runs)) {
  refuse(`--runs is "${values.runs}"; expected a whole number from 1 to 9999999.`)
}

interface Outcome {
  violated: boolean
  runs: number
  averageSteps: number
  /** In how many runs each witness was seen. */
  witnesses: number[]
  /** The violation as Quint prints it, with its states. */
  output: string
}

const folder = await mkdtemp(join(tmpdir(), 'carillon-proof-'))
const startedAt = performance.now()
const limit = pLimit(availableParallelism())
const stop = new AbortController()
const failures: string[] = []
try {
  const results = await Promise.all(
    specs.map(async (spec) => {
      const [asItIs, mutants] = await Promise.all([
        limit(() => checkSpec(spec)),
        Promise.all(
          spec.invariants.flatMap(({ name, mutants }) =>
            mutants.map((mutant) => limit(() => findMutant(spec, name, mutant))),
          ),
        ),
      ])
      return { spec, asItIs, mutants }
    }),
  )
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  if (values.json) {
    const models = results.map(({ spec, asItIs: { output, ...figures }, mutants }) => ({
      model: spec.name,
      ...figures,
      mutants,
    }))
    process.stdout.write(`${JSON.stringify({ seed, seconds, models, failures })}\n`)
  } else {
    for (const { spec, asItIs, mutants } of results) print(spec, asItIs, mutants)
    for (const failure of failures) process.stdout.write(`FAILED: ${failure}\n`)
    process.stdout.write(`${seconds} s. To repeat these runs: npm run proof -- --seed ${seed}\n`)
  }
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  limit.clearQueue()
  stop.abort()
  await rm(folder, { recursive: true, force: true })
}

async function checkSpec(spec: Spec): Promise<Outcome> {
  const outcome = await simulate(
    spec,
    'none',
    spec.invariants.map(({ name }) => name),
    values.runs === undefined ? spec.runs : Number(values.runs),
  )
  if (outcome.violated) {
    failures.push(`${spec.name} violates an invariant:\n${outcome.output}`)
  } else if (values.runs === undefined) {
    for (const [index, witness] of spec.witnesses.entries()) {
      if (outcome.witnesses[index] === 0) failures.push(`no run of ${spec.name} reaches ${witness}`)
    }
  }
  return outcome
}

async function findMutant(
  spec: Spec,
  invariant: string,
  { name, without }: Mutant,
): Promise<{ invariant: string; without: string; runs: number; isFound: boolean }> {
  const { violated, runs } = await simulate(spec, name, [invariant], MUTANT_RUNS)
  if (!violated)
    failures.push(`the mutant ${name} of ${spec.name} does not violate ${invariant} in ${runs} runs`)
  return { invariant, without, runs, isFound: violated }
}

/** Stops at the first violation. */
async function simulate(
  { name, module, steps, witnesses }: Spec,
  mutant: string,
  invariants: readonly string[],
  runs: number,
): Promise<Outcome> {
  const source = await readFile(join(import.meta.dirname, `${name}.qnt`), 'utf8')
  const path = join(folder, `${name}-${mutant}.qnt`)
  // To a file: Quint exits before a pipe is read completely, and the rest is lost.
  const printed = await open(`${path}.txt`, 'w+')
  await writeFile(path, `${source}\nmodule check { import ${module}(MUTANT = "${mutant}").* }\n`)
  const child = spawn(
    process.execPath,
    // Quint would download its default backend.
    [
      ...[QUINT, 'run', path, '--backend=typescript', '--main=check', '--verbosity=2'],
      ...[`--max-samples=${runs}`, `--max-steps=${steps}`, `--seed=${seed}`],
      ...['--invariants', ...invariants, '--witnesses', ...witnesses],
    ],
    {
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      stdio: ['ignore', printed.fd, printed.fd],
      signal: stop.signal,
    },
  )
  await once(child, 'close')
  await printed.close()
  const output = await readFile(`${path}.txt`, 'utf8')
  const seen = [...output.matchAll(/was witnessed in (\d+) trace\(s\) out of (\d+) explored/g)]
  const [, verdict] = /^\[(ok|violation)\]/m.exec(output) ?? []
  if (verdict === undefined || seen.length !== witnesses.length) {
    throw new Error(
      `Quint could not simulate ${name}.qnt with the mutant ${mutant}:\n${output.slice(-5_000)}`,
    )
  }
  return {
    violated: verdict === 'violation',
    runs: Number(seen[0]?.[2]),
    averageSteps: Number(/average=([\d.]+)/.exec(output)?.[1] ?? 1) - 1,
    witnesses: seen.map(([, count]) => Number(count)),
    output,
  }
}

function print(spec: Spec, asItIs: Outcome, mutants: Awaited<ReturnType<typeof findMutant>>[]): void {
  const { violated, runs, averageSteps, witnesses } = asItIs
  const lines = [
    violated
      ? `${spec.name}: VIOLATED in run ${runs}`
      : `${spec.name}: no violation in ${runs} runs of ${Math.round(averageSteps)} steps on average`,
    `  reached: ${spec.witnesses.map((name, index) => `${name} ${witnesses[index]}`).join(', ')}`,
    ...mutants.map(
      ({ invariant, without, runs, isFound }) =>
        `  ${invariant.padEnd(14)} ${isFound ? `violated in run ${String(runs).padStart(4)}` : 'NOT VIOLATED        '}  without: ${without}`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
