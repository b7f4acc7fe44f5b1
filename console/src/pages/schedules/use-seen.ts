import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { isConflict } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import type { Schedule } from '../../api/schedules.ts'

/**
 * The schedule as it was when a dialog was opened, and not the live one, which may change under whoever reads it. `take`
 * shows what somebody else has made of it instead; false: the error is another one.
 */
export function useSeen(schedule: Schedule): [seen: Schedule, take: (error: unknown) => boolean] {
  const client = useQueryClient()
  const [seen, setSeen] = useState(schedule)
  const take = (error: unknown) => {
    if (!isConflict(error)) return false
    // Of a route about schedules it is a schedule.
    const current = error.current as unknown as Schedule
    client.setQueryData(keys.schedule(current.id), current)
    setSeen(current)
    return true
  }
  return [seen, take]
}
