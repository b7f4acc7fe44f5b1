/**
 * Every address of the console. Pages are loaded on demand, except the list of campaigns, which is the start page:
 * loading its fifteen small files after the session took an eighth of the time until the page was usable.
 * All pages except the sign-in are under `signedIn`, which redirects users without a session to the sign-in and back.
 */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { CAMPAIGN_STATES, type CampaignState } from '../../src/domain/campaign.ts'
import { codesOf, LISTED_STATES } from '../../src/domain/delivery-result.ts'
import { campaignListQuery, campaignQuery } from './api/campaigns.ts'
import type { DeliveryFilter } from './api/deliveries.ts'
import { sessionQuery } from './api/session.ts'
import { Broken, BrokenAlone } from './components/broken.tsx'
import { Loading } from './components/loading.tsx'
import { NotFound } from './components/not-found.tsx'
import { Shell } from './components/shell.tsx'
import { Campaigns } from './pages/campaigns/campaigns.tsx'
import { STEPS, type Step } from './pages/new-campaign/steps.ts'

interface RouterContext {
  queryClient: QueryClient
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => withText(search, 'to'),
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignIn'),
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context: { queryClient }, location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery)
    if (session !== null) return { session }
    const to = location.href
    throw redirect({ to: '/sign-in', search: to === '/' || to === '/campaigns' ? {} : { to } })
  },
  component: Shell,
  errorComponent: BrokenAlone,
})

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/campaigns' })
  },
})

const campaigns = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns',
  validateSearch: (search: Record<string, unknown>): { state?: CampaignState; search?: string } => ({
    ...withText(search, 'search'),
    ...withOneOf(search, 'state', CAMPAIGN_STATES),
  }),
  loaderDeps: ({ search }) => search,
  // Starts the request while the page itself is loading. The page shows the result or the error.
  loader: ({ context: { queryClient }, deps }) =>
    void queryClient.prefetchInfiniteQuery(campaignListQuery(deps)),
  component: Campaigns,
})

/** Before `$id`: a draft that was not saved yet has no id. */
const newCampaign = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/new',
  validateSearch: (search: Record<string, unknown>): { draft?: string; step?: Step } => ({
    ...withText(search, 'draft'),
    ...withOneOf(search, 'step', STEPS),
  }),
  component: lazyRouteComponent(() => import('./pages/new-campaign/new-campaign.tsx'), 'NewCampaign'),
})

const campaign = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/$id',
  // Another campaign is another page: no state is kept from the last one.
  remountDeps: ({ params }) => params,
  loader: ({ context: { queryClient }, params: { id } }) =>
    void queryClient.prefetchQuery({ ...campaignQuery(id), retry: false }),
  component: lazyRouteComponent(() => import('./pages/campaign/campaign.tsx'), 'CampaignPage'),
})

const deliveries = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/$id/deliveries',
  validateSearch: (search: Record<string, unknown>): DeliveryFilter => {
    const { state } = withOneOf(search, 'state', LISTED_STATES)
    return {
      ...(state && { state }),
      ...(state && state !== 'canceled' && withOneOf(search, 'code', codesOf(state))),
      ...withText(search, 'member'),
      ...withText(search, 'address'),
    }
  },
  component: lazyRouteComponent(() => import('./pages/deliveries/deliveries.tsx'), 'Deliveries'),
})

const members = createRoute({
  getParentRoute: () => signedIn,
  path: '/members',
  validateSearch: (search: Record<string, unknown>): { search?: string } => withText(search, 'search'),
  component: lazyRouteComponent(() => import('./pages/members/members.tsx'), 'Members'),
})

const member = createRoute({
  getParentRoute: () => signedIn,
  path: '/members/$externalId',
  remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('./pages/members/member.tsx'), 'MemberPage'),
})

/** Not under /members, where a member may have this id. */
const importing = createRoute({
  getParentRoute: () => signedIn,
  path: '/import',
  component: lazyRouteComponent(() => import('./pages/import/import-page.tsx'), 'ImportPage'),
})

const system = createRoute({
  getParentRoute: () => signedIn,
  path: '/system',
  component: lazyRouteComponent(() => import('./pages/system/system.tsx'), 'SystemPage'),
})

const access = createRoute({
  getParentRoute: () => signedIn,
  path: '/access',
  component: lazyRouteComponent(() => import('./pages/access/access.tsx'), 'Access'),
})

const anythingElse = createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFound })

const routes = root.addChildren([
  signIn,
  signedIn.addChildren([
    home,
    campaigns,
    newCampaign,
    campaign,
    deliveries,
    members,
    member,
    importing,
    system,
    access,
    anythingElse,
  ]),
])

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queryClient },
    defaultPreload: 'intent',
    // TanStack Query decides what is stale.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingComponent: Loading,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
  })
}

/** Addresses may be typed by hand: valid parameters are used, others are ignored. */
function withText<K extends string>(search: Record<string, unknown>, name: K): { [name in K]?: string } {
  const value = search[name]
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  return typeof text === 'string' && text !== '' ? ({ [name]: text } as { [name in K]?: string }) : {}
}

function withOneOf<K extends string, T extends string>(
  search: Record<string, unknown>,
  name: K,
  allowed: readonly T[],
): { [name in K]?: T } {
  const value = search[name]
  return allowed.includes(value as T) ? ({ [name]: value } as { [name in K]?: T }) : {}
}
