/** The filter that the list of campaigns had last, for the links back to it. As long as the tab is open. */
import type { ListSearch } from './pages/campaigns/list-search.ts'

let last: ListSearch = {}

/** Called whenever one address is left for another. */
export function keepListFilter({
  fromLocation,
}: {
  fromLocation?: { pathname: string; search: object }
}): void {
  // The route has checked it.
  if (fromLocation?.pathname === '/campaigns') last = fromLocation.search
}

export function lastListFilter(): ListSearch {
  return last
}
