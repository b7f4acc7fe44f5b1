/**
 * `npm run doctor`: checks the chain of audit events and says the first row that does not fit. Exit status 1 if one does not, 2 if
 * it could not be checked. Reads only, a page at a time.
 *
 * It prints the end of the chain. Kept elsewhere and given with --known, it shows that nothing before it was rewritten since,
 * which whoever owns the database could do.
 */
import { parseArgs } from 'node:util'
import { checkChain, type KnownEnd } from '../src/audit/check-chain.ts'
import { loadConfig } from '../src/config/config.ts'
import { openPool } from '../src/postgres/pool.ts'
import { createLogger } from '../src/process/logger.ts'

try {
  const { values } = parseArgs({ options: { known: { type: 'string' } } })
  const known = knownEnd(values.known)
  const config = loadConfig(process.env, { needsFcm: false })
  const pool = openPool(config.database, 'doctor', createLogger('doctor', 'silent'))
  try {
    const { events, firstSeq, anchorSeq, head, broken } = await checkChain(pool, known)
    if (anchorSeq > 0) console.log(`Audit events up to ${anchorSeq} were deleted by retention.`)
    if (broken === null) {
      const which = firstSeq === null ? 'none is stored' : `${firstSeq} to ${head.seq}`
      console.log(`The audit log is whole: ${events} events, ${which}.`)
      console.log(`Its end, to be kept elsewhere: ${head.seq}:${head.hash}`)
    } else {
      console.error(
        `The audit log is broken at event ${broken.seq}: ${broken.problem}. ${events} events before it fit.`,
      )
      process.exitCode = 1
    }
  } finally {
    await pool.end()
  }
} catch (error) {
  console.error(`Cannot check: ${(error as Error).message || (error as { code?: string }).code}`)
  process.exitCode = 2
}

function knownEnd(given: string | undefined): KnownEnd | null {
  if (given === undefined) return null
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given) ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  throw new Error(
    `--known is ${JSON.stringify(given)}; expected the end that an earlier check printed: a number, a colon and 64 hexadecimal digits.`,
  )
}
