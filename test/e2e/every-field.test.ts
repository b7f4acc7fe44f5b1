/**
 * Every page with answers made from the schemas of the API: with every field that may be there, and with none that may be
 * missing. A page that only works with the campaigns of the other tests breaks here.
 */
import type { Page, Route } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Extreme, replyOf } from '../support/reply-of.ts'
import { openConsole } from './console.ts'

const ID = '01930000-0000-7000-8000-000000000001'
const PAGES = [
  '/',
  '/campaigns',
  '/campaigns?archived=any&tag=x&author=nobody&from=2026-11-01&to=2026-11-30&sort=-failed',
  `/campaigns/${ID}`,
  `/campaigns/${ID}/resend`,
  `/campaigns/${ID}/deliveries`,
  `/campaigns/${ID}/deliveries?state=failed`,
  '/campaigns/new',
  ...['message', 'audience', 'review'].map((step) => `/campaigns/new?draft=${ID}&step=${step}`),
  ...['month', 'week', 'list', 'day'].map((view) => `/calendar?view=${view}`),
  '/schedules',
  `/schedules/${ID}`,
  '/schedules/new',
  `/schedules/new?from=${ID}`,
  '/members',
  '/members/m1',
  '/consents',
  '/import',
  '/system',
  '/activity',
  '/access',
]
/** The turns take another value of each enum: states, reasons of a pause, kinds of an audience. */
const EXTREMES: Record<string, Extreme> = {
  'no field that may be missing': { isFull: false, turn: 0 },
  ...Object.fromEntries(
    Array.from({ length: 6 }, (_, turn) => [`every field, turn ${turn}`, { isFull: true, turn }]),
  ),
}

const console = openConsole({ devices: 1, dead: 0, workers: [], role: 'admin' })

describe.each(Object.entries(EXTREMES))('%s', (_, extreme) => {
  test('no page breaks', async () => {
    const page = await console.signIn({}, /Failed to load resource/)
    const answer = answersFrom(await (await page.request.get('/v1/openapi.json')).json(), extreme)
    await page.route(/\/v1\//, answer)
    const broken: string[] = []
    for (const path of PAGES) {
      await page.goto(path)
      await settled(page)
      if ((await page.getByText('This page crashed').count()) > 0) broken.push(path)
    }
    expect(broken).toEqual([])
  }, 180_000)
})

interface Operation {
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

/** Of the session, the real one: without its permissions there would be no pages. */
function answersFrom({ paths }: OpenApi, extreme: Extreme): (route: Route) => Promise<void> {
  const known = Object.entries(paths).map(([template, operations]) => ({
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    // A fixed path comes before one with a parameter in the same place.
    parameters: template.split('{').length,
    operations,
  }))
  known.sort((a, b) => a.parameters - b.parameters)
  return async (route) => {
    const method = route.request().method().toLowerCase()
    const path = new URL(route.request().url()).pathname
    if (path === '/v1/session') return route.continue()
    // No stream: the page polls instead.
    if (path.endsWith('/events')) return route.fulfill({ status: 204 })
    const operation = known.find(({ pattern, operations }) => pattern.test(path) && method in operations)
      ?.operations[method]
    const [status, said] =
      Object.entries(operation?.responses ?? {}).find(([code]) => code.startsWith('2')) ?? []
    const schema = said?.content?.['application/json']?.schema
    if (status === undefined || schema === undefined) return route.fulfill({ status: 204 })
    return route.fulfill({
      status: Number(status),
      contentType: 'application/json',
      headers: { etag: '"1-0000000000000000"' },
      body: JSON.stringify(replyOf(schema, extreme)),
    })
  }
}

async function settled(page: Page): Promise<void> {
  await page.locator('main h1, [role=alert]').first().waitFor()
  await page.locator('main .mantine-Loader-root').first().waitFor({ state: 'detached' })
}
