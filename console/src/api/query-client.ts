/** The cache of all API responses. There is no other store. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './problem.ts'
import { keys } from './query-keys.ts'

const TRIES = 2

/** Answers to what somebody has typed: no session has ended. */
const OF_A_SIGN_IN: ReadonlySet<string> = new Set(['wrong_credentials', 'second_factor_required'])

/**
 * Asked when the session has ended: true if there is something on the page that would be lost by leaving it. The page then
 * stays, and says itself that it cannot save.
 */
export const unsavedWork = new Set<() => boolean>()

/** `onSignedOut` is called when any request finds that the session has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.status !== 401 || OF_A_SIGN_IN.has(error.code)) return
    if ([...unsavedWork].some((isUnsaved) => isUnsaved())) return
    client.setQueryData(keys.session, null)
    onSignedOut()
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        // A 4xx response does not change when repeated; a broken connection may recover. Who has not answered in time has
        // been waited for long enough: the page has to say so.
        retry: (failures, error) =>
          failures < TRIES &&
          error instanceof ApiProblem &&
          (error.code === 'unreachable' || error.status >= 502),
        retryDelay: (failures) => 500 * 2 ** failures,
        staleTime: 5_000,
        // navigator.onLine is unreliable.
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  return client
}
