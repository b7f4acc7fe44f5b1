import { useRef } from 'react'

/** The same key for the same request, and another for another: a retry after a lost response does nothing twice. */
export function useKeyPerRequest(): (request: string) => string {
  const kept = useRef({ request: '', key: '' })
  return (request) => {
    if (kept.current.request !== request) kept.current = { request, key: crypto.randomUUID() }
    return kept.current.key
  }
}
