/**
 * `npm run invariants`: takes the line of each invariant out of a copy of the project, runs its test, and expects that
 * test to fail. A test that passes without the line it protects protects nothing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { INVARIANTS, type Invariant } from './invariants.ts'

const HELP = `Usage: npm run invariants -- [options]

Takes the line that keeps each invariant out of a copy of the project, one at a time, and
expects the test named for it to fail. Exits with 1 when a test passes all the same.

  --only N   the rows of invariant N alone
  --json     one object instead of lines
  --help     this text
`
const ROOT = join(import.meta.dirname, '../..')
const COPIED = [
  'src',
  'workers',
  'load',
  'testing',
  'test',
  'prisma',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'prisma.config.ts',
]
/** A test whose line is out may wait for what never comes. */
const LONGEST_MS = 180_000

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const rows = INVARIANTS.filter(({ number }) => values.only === undefined || String(number) === values.only)
if (rows.length === 0) {
  process.stderr.write(`--only is "${values.only}"; expected the number of an invariant, 1 to 15.\n`)
  process.exit(2)
}

const say = (line: string) => void (values.json || process.stdout.write(`${line}\n`))
const copy = await mkdtemp(join(tmpdir(), 'carillon-invariants-'))
const verdicts: { invariant: number; says: string; test: string; isCaught: boolean; why: string }[] = []
try {
  // One after the other: a copy that fails must not be removed while others are still being written.
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  for (const row of rows) {
    const why = await runWithout(row)
    const isCaught = why === 'the test failed'
    verdicts.push({
      invariant: row.number,
      says: row.says,
      test: `${row.testFile}: ${row.test}`,
      isCaught,
      why,
    })
    say(
      `${isCaught ? 'caught    ' : 'NOT CAUGHT'} ${String(row.number).padStart(2)}  ${row.says}${isCaught ? '' : `: ${why}`}`,
    )
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
const missed = verdicts.filter(({ isCaught }) => !isCaught).length
if (values.json) process.stdout.write(`${JSON.stringify({ rows: verdicts, missed })}\n`)
else say(`${verdicts.length - missed} of ${verdicts.length} lines are protected by their test.`)
process.exitCode = missed === 0 ? 0 : 1

/** Restores the line afterwards. Anything but a failed test (nothing ran, a file that does not load) is no proof. */
async function runWithout({ file, line, becomes, testFile, test }: Invariant): Promise<string> {
  const path = join(copy, file)
  const source = await readFile(path, 'utf8')
  if (source.split(line).length !== 2) return `the line does not stand once in ${file}`
  const report = join(copy, 'report.json')
  await rm(report, { force: true })
  await writeFile(
    path,
    source.replace(line, () => becomes),
  )
  try {
    await runVitest(['run', testFile, '-t', escaped(test), '--reporter=json', `--outputFile=${report}`])
  } finally {
    await writeFile(path, source)
  }
  const text = await readFile(report, 'utf8').catch(() => undefined)
  if (text === undefined) return 'the tests did not come to an end'
  const { numFailedTests, numPassedTests } = JSON.parse(text) as Record<string, number>
  if (numFailedTests === 0 && numPassedTests === 0) return 'no test ran'
  return numFailedTests === 0 ? 'the test passed all the same' : 'the test failed'
}

async function runVitest(args: string[]): Promise<void> {
  const child = spawn(join(ROOT, 'node_modules/.bin/vitest'), args, {
    cwd: copy,
    stdio: 'ignore',
    timeout: LONGEST_MS,
  })
  await once(child, 'exit')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
