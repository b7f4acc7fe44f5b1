/** What the path of a call looks like that belongs to a route of this address (`/v1/campaigns/:id/pause`). */
export function routePattern(url: string): RegExp {
  const source = url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[^/]+/g, '[^/]+')
  return new RegExp(`^${source}$`)
}
