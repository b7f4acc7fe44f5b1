/** Why something could not be reached, for messages. With several addresses, there is one error for each of them. */
export function reasonOf(cause: unknown): string {
  // It has no message itself.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}
