/**
 * `npm run audit`: known vulnerabilities in what is installed, by `npm audit`. Tells a failed look-up from a finding:
 *
 *   0  none is known
 *   1  there are some; each is named
 *   2  the registry could not be asked, so nothing is known
 *
 * Arguments go on to npm: `npm run audit -- --omit=dev` for what a container has.
 */
import { spawnSync } from 'node:child_process'

const { stdout, stderr, error } = spawnSync(
  'npm',
  [
    'audit',
    '--json',
    '--package-lock-only',
    '--fetch-retries=1',
    '--fetch-timeout=20000',
    ...process.argv.slice(2),
  ],
  { encoding: 'utf8', maxBuffer: 1e8 },
)

function failed(why) {
  console.error(`The audit could not be made, so nothing is known: ${why}`)
  process.exit(2)
}

let report
try {
  report = JSON.parse(stdout)
} catch {
  failed(error?.message ?? (stderr.trim().split('\n').at(-1) || 'npm answered nothing'))
}
// npm says so here, and ends with 1 as for a finding.
if (report.error || report.vulnerabilities === undefined) {
  failed(
    report.error?.summary || report.error?.detail || report.message || 'npm gave no list of vulnerabilities',
  )
}
const found = Object.values(report.vulnerabilities)
for (const { name, severity, range, via, nodes, fixAvailable } of found) {
  const causes = via.map((cause) =>
    typeof cause === 'string' ? `through ${cause}` : `${cause.title} ${cause.url}`,
  )
  console.error(
    `${severity}: ${name} ${range} (${nodes.length} installed): ${[...new Set(causes)].join('; ')}${fixAvailable ? '. A fix is available' : ''}`,
  )
}
if (found.length > 0) {
  console.error(`${found.length} packages with known vulnerabilities.`)
  process.exit(1)
}
console.log(`No known vulnerabilities in ${report.metadata.dependencies.total} packages.`)
