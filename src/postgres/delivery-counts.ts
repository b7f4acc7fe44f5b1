/**
 * SQL that counts deliveries by state. Every statement that counts uses it, so that statements and the table of
 * states (domain/delivery-result.ts) cannot disagree. `batches` has one count column for each state, named like it.
 */
import { DELIVERY_STATES, type DeliveryState, STATE_NAMES } from '../domain/delivery-result.ts'

const list = (expression: (state: DeliveryState) => string, separator = ', ') =>
  STATE_NAMES.map(expression).join(separator)

/** One column for each state: `count(*) FILTER (WHERE d.state = 1) AS sent, …`. `column` holds state numbers. */
export const countByState = (column: string) =>
  list((state) => `count(*) FILTER (WHERE ${column} = ${DELIVERY_STATES[state].number}) AS ${state}`)

/** Sums over batches: `coalesce(sum(b.sent), 0)::int AS sent, …`. */
export const sumCounts = (table: string) =>
  list((state) => `coalesce(sum(${table}.${state}), 0)::int AS ${state}`)

/** Devices of a batch with a result: `(b.sent + b.failed + …)`, or those in the given states only. */
export const addCounts = (table: string, states: readonly DeliveryState[] = STATE_NAMES) =>
  `(${states.map((state) => `${table}.${state}`).join(' + ')})`

/** Assignments of an UPDATE: `sent = n.sent, …`. */
export const setCounts = (from: string) => list((state) => `${state} = ${from}.${state}`)

/** Assignments of an UPDATE that add: `sent = b.sent + n.sent, …`. */
export const raiseCounts = (table: string, by: string) =>
  list((state) => `${state} = ${table}.${state} + ${by}.${state}`)

/** When the first and the last of the counted deliveries was recorded. `column` holds the times. */
export const resultTimes = (column: string) =>
  `min(${column}) AS first_result_at, max(${column}) AS last_result_at`

/** Assignments of an UPDATE, to be set together with the counts. */
export const setResultTimes = (from: string) =>
  `first_result_at = ${from}.first_result_at, last_result_at = ${from}.last_result_at`

/** One JSON object of the counts, to compare them as one value: `jsonb_build_object('sent', n.sent, …)`. */
export const countsAsJson = (table: string) =>
  `jsonb_build_object(${list((state) => `'${state}', ${table}.${state}`)})`

/** So much pause between two results is a gap in the plot: a batch that is sent slowly has no more than this. */
const GAP = `interval '2 s'`
/** A batch that is put back for every few messages has so many stretches; then its last one grows. */
const MOST_STRETCHES = 12

/** When the first delivery after the stretches of batch `b` that are over was recorded. `column` holds the times. */
export const resumedAt = (b: string, column: string) =>
  `min(${column}) FILTER (WHERE ${b}.earlier_results IS NULL
    OR ${column} > (${b}.earlier_results->-1->>'to')::timestamptz) AS again_at`

/** The stretches of batch `b`, with what was counted since as one that is over. `n`: counts and times, `resumedAt` among them. */
export const endedStretches = (b: string, n: string) => `CASE
  WHEN ${n}.again_at IS NULL THEN ${b}.earlier_results
  WHEN jsonb_array_length(${b}.earlier_results) >= ${MOST_STRETCHES}
    OR ${n}.again_at - (${b}.earlier_results->-1->>'to')::timestamptz < ${GAP}
  THEN (${b}.earlier_results - -1) || jsonb_build_array((${b}.earlier_results->-1) || jsonb_build_object('to', ${n}.last_result_at) || ${countsAsJson(n)})
  ELSE coalesce(${b}.earlier_results, '[]') || jsonb_build_array(
    jsonb_build_object('from', ${n}.again_at, 'to', ${n}.last_result_at) || ${countsAsJson(n)}) END`

/** How many devices of batch `b` had a result in one of the given states when its last stretch was over. */
export const addEarlier = (b: string, states: readonly DeliveryState[]) =>
  `(${states.map((state) => `coalesce((${b}.earlier_results->-1->>'${state}')::int, 0)`).join(' + ')})`
