/**
 * Removes an erased member from the answers that are kept for repeated requests. The key stays claimed, so that a repeat
 * still does nothing a second time; it gets this sentence instead of the answer of then.
 */
import type { Prisma } from '../postgres/prisma.ts'

const REDACTED = JSON.stringify({
  detail: 'The answer to this request was deleted, because it named a member who has been erased since.',
})

/** Answers looked at by one statement. All of them are at most a day old. */
const PART = 2_000

/**
 * `names`: the externalId and the addresses. Rather too many answers are redacted than too few: a name counts wherever it
 * stands between other characters than letters and digits, in a list, a sentence or an address. Returns how many, and
 * whether all were looked at before the deadline.
 */
export async function redactAnswers(
  prisma: Prisma,
  names: readonly string[],
  deadline: number,
): Promise<{ answers: number; isDone: boolean }> {
  const { texts, pattern } = wordsOf(names)
  let answers = 0
  let after = '-infinity'
  for (;;) {
    const [part] = await prisma.$queryRaw<{ looked: bigint; reached: string; redacted: bigint }[]>`
      WITH looked AS MATERIALIZED (
        SELECT caller_id, key, created_at, body FROM idempotency_keys
        WHERE created_at > ${after}::text::timestamptz ORDER BY created_at LIMIT ${PART}
      ), redacted AS (
        UPDATE idempotency_keys k SET body = ${REDACTED} FROM looked l
        WHERE k.caller_id = l.caller_id AND k.key = l.key AND k.body IS NOT NULL
          AND l.body LIKE ANY(${texts}::text[]) AND l.body ~ ${pattern}
        RETURNING 1
      )
      SELECT count(*) AS looked, max(created_at)::text AS reached, (SELECT count(*) FROM redacted) AS redacted
      FROM looked`
    answers += Number(part?.redacted ?? 0)
    if (part === undefined || part.looked < PART) return { answers, isDone: true }
    after = part.reached
    if (performance.now() >= deadline) return { answers, isDone: false }
  }
}

/**
 * The names as they stand in JSON, and in a JSON text within JSON. LIKE finds the few answers that a regular expression has
 * then to look at. In JSON a line begins with the letter of its "\n", which is no part of a name.
 */
function wordsOf(names: readonly string[]): { texts: string[]; pattern: string } {
  const once = names.map(inJson)
  const words = [...new Set([...names, ...once, ...once.map(inJson)])]
  return {
    texts: words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`),
    pattern: `((?<![[:alnum:]])|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9a-f]{4}))(${words.map((word) => word.replaceAll(/[^\p{L}\p{N}]/gu, '\\$&')).join('|')})(?![[:alnum:]])`,
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
