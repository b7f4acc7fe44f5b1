/**
 * Every address of the console. Pages are loaded on demand, except the overview, which is the start page: loading its
 * small files after the session would take an eighth of the time until the page is usable.
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
import { codesOf, LISTED_STATES } from '../../src/domain/delivery-result.ts'
import { campaignListQuery, campaignQuery } from './api/campaigns.ts'
import type { DeliveryFilter } from './api/deliveries.ts'
import { overviewQuery } from './api/overview.ts'
import { sessionQuery } from './api/session.ts'
import { Broken, BrokenAlone } from './components/broken.tsx'
import { Loading } from './components/loading.tsx'
import { NotFound } from './components/not-found.tsx'
import { Shell } from './components/shell.tsx'
import { keepListFilter } from './list-filter.ts'
import { readActivitySearch } from './pages/activity/activity-search.ts'
import { readCalendarSearch } from './pages/calendar/calendar-search.ts'
import { filterOf, isDay, readListSearch } from './pages/campaigns/list-search.ts'
import { STEPS, type Step } from './pages/new-campaign/steps.ts'
import { Overview } from './pages/overview/overview.tsx'

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
    throw redirect({ to: '/sign-in', search: to === '/' ? {} : { to } })
  },
  component: Shell,
  errorComponent: BrokenAlone,
})

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  // Starts the request while the page itself is loading. The page shows the result or the error.
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(overviewQuery),
  component: Overview,
})

const campaigns = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns',
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) =>
    void queryClient.prefetchInfiniteQuery(campaignListQuery(filterOf(deps))),
  component: lazyRouteComponent(() => import('./pages/campaigns/campaigns.tsx'), 'Campaigns'),
})

/** Before `$id`: a draft that was not saved yet has no id. */
const newCampaign = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/new',
  // `day`: on which a new one is to be sent.
  validateSearch: (search: Record<string, unknown>): { draft?: string; step?: Step; day?: string } => ({
    ...withText(search, 'draft'),
    ...(isDay(search.day) && { day: search.day }),
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

const resend = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/$id/resend',
  remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('./pages/resend/resend.tsx'), 'ResendPage'),
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

const calendar = createRoute({
  getParentRoute: () => signedIn,
  path: '/calendar',
  validateSearch: readCalendarSearch,
  component: lazyRouteComponent(() => import('./pages/calendar/calendar.tsx'), 'CalendarPage'),
})

const schedules = createRoute({
  getParentRoute: () => signedIn,
  path: '/schedules',
  component: lazyRouteComponent(() => import('./pages/schedules/schedules.tsx'), 'Schedules'),
})

/** `from`: the campaign that is to recur. */
const newSchedule = createRoute({
  getParentRoute: () => signedIn,
  path: '/schedules/new',
  validateSearch: (search: Record<string, unknown>): { from?: string } => withText(search, 'from'),
  component: lazyRouteComponent(() => import('./pages/schedules/new-schedule.tsx'), 'NewSchedulePage'),
})

const schedule = createRoute({
  getParentRoute: () => signedIn,
  path: '/schedules/$id',
  remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('./pages/schedules/schedule.tsx'), 'SchedulePage'),
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
const consents = createRoute({
  getParentRoute: () => signedIn,
  path: '/consents',
  component: lazyRouteComponent(() => import('./pages/members/due-consents.tsx'), 'DueConsents'),
})

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

const activity = createRoute({
  getParentRoute: () => signedIn,
  path: '/activity',
  validateSearch: readActivitySearch,
  component: lazyRouteComponent(() => import('./pages/activity/activity.tsx'), 'Activity'),
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
    overview,
    campaigns,
    newCampaign,
    campaign,
    resend,
    deliveries,
    calendar,
    schedules,
    newSchedule,
    schedule,
    members,
    member,
    consents,
    importing,
    system,
    activity,
    access,
    anythingElse,
  ]),
])

export function createConsoleRouter(queryClient: QueryClient) {
  const router = createRouter({
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
  router.subscribe('onBeforeNavigate', keepListFilter)
  return router
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
