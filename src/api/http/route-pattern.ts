/** A pattern that matches the paths of a route such as `/v1/campaigns/:id/pause`. */
export function routePattern(url: string): RegExp {
  const source = url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[^/]+/g, '[^/]+')
  return new RegExp(`^${source}$`)
}
