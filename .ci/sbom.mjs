/**
 * `npm run sbom`: the bill of materials of what a container has, as CycloneDX, on the standard output. From package-lock.json, so
 * it needs neither a network nor an installation. `npm sbom --omit dev` leaves out packages that a container has (40, such as pg: of
 * what both kinds need, it forgets some), so the others are taken out here, by what the lock says.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const { stdout, stderr, status } = spawnSync(
  'npm',
  ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'],
  { encoding: 'utf8', maxBuffer: 1e8 },
)
if (status !== 0) {
  console.error(`npm could not make a bill of materials: ${stderr.trim()}`)
  process.exit(1)
}
const bill = JSON.parse(stdout)
const { name, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
/** Whatever `npm ci --omit=dev` installs. The lock says it, and npm's bill marks not all of what is for development only. */
const installed = new Set(
  Object.entries(packages).flatMap(([path, { version, dev, name: alias }]) =>
    path === '' || dev ? [] : [`pkg:npm/${alias ?? path.replace(/^.*node_modules\//, '')}@${version}`],
  ),
)
const purlOf = ({ purl }) => decodeURIComponent(purl.split('?')[0])
bill.components = bill.components.filter((component) => installed.has(purlOf(component)))
const refs = new Set([bill.metadata.component['bom-ref'], ...bill.components.map((one) => one['bom-ref'])])
bill.dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
// npm names it after the folder.
bill.metadata.component.name = name

const listed = new Set(bill.components.map(purlOf))
const missing = [...installed].filter((purl) => !listed.has(purl))
if (missing.length > 0) {
  console.error(`The bill of materials lacks ${missing.join(', ')}.`)
  process.exit(1)
}
console.log(JSON.stringify(bill, null, 2))
