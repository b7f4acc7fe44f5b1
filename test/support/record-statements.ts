/** What a pool executes, for tests that say how many statements something takes. */
import type { Pool } from '../../src/postgres/pool.ts'

/**
 * The statements of a pool from now on, in order, through `pool.query` and in transactions: the name of a named one or
 * of the comment it begins with, the verb and the first table of another ("UPDATE campaigns"). BEGIN and COMMIT are left out.
 */
export function recordStatements(pool: Pool): string[] {
  const statements: string[] = []
  const known = new WeakSet<object>()
  pool.on('acquire', (client) => {
    if (known.has(client)) return
    known.add(client)
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((...args: [string | { name?: string; text: string }]) => {
      const statement = typeof args[0] === 'string' ? { text: args[0] } : args[0]
      const text = statement.text.trim()
      if (!/^(BEGIN|COMMIT)/.test(text)) statements.push(statement.name ?? summaryOf(text))
      return query(...args)
    }) as typeof client.query
  })
  return statements
}

function summaryOf(text: string): string {
  const comment = /^\/\* (\S+) \*\//.exec(text)?.[1]
  if (comment !== undefined) return comment
  const verb = /^\w+/.exec(text)?.[0]
  return `${verb} ${/(?:FROM|INTO|UPDATE)\s+(?:"\w+"\.)?"?(\w+)/.exec(text)?.[1]}`
}
