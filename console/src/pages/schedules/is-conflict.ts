import { ApiProblem } from '../../api/problem.ts'

/** Somebody else has changed the schedule: `current` is the schedule as it is now. */
export function isConflict(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.code === 'version_conflict'
}
