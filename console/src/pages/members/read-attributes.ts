/** Attributes as they are typed. Pure. */

export interface TypedAttributes {
  /** Null: not to be saved. */
  attributes: Record<string, unknown> | null
  problem: 'notJson' | 'notAnObject' | null
}

export function readAttributes(json: string): TypedAttributes {
  if (json.trim() === '') return { attributes: {}, problem: null }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { attributes: null, problem: 'notJson' }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { attributes: value as Record<string, unknown>, problem: null }
    : { attributes: null, problem: 'notAnObject' }
}
