/**
 * The table of docs/security.md: what each route answers to each kind of caller, as it was observed. `WRITE_ROUTES=1` writes what a
 * run has seen into the document; without it the document is what a run is held against.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Permission } from '../../../src/domain/permissions.ts'
import { startApp, type TestApp } from '../start-app.ts'

const FILE = join(import.meta.dirname, '../../../docs/security.md')
const [BEGIN, END] = [
  '<!-- routes: written and checked by test/api/access/permissions.test.ts -->',
  '<!-- /routes -->',
]

export interface Route {
  method: string
  url: string
  permission: Permission | 'anyone' | undefined
}

/** Collects the routes under /v1 from the moment Fastify is created, so that hidden ones are included. */
export async function startAppWithRoutes(): Promise<TestApp & { routes: Route[] }> {
  const routes: Route[] = []
  const onRoute = ({ method, url, config }: RouteOptions) => {
    if (!url.startsWith('/v1')) return
    for (const each of [method].flat()) routes.push({ method: each, url, permission: config?.permission })
  }
  const onFastify = (message: unknown) => {
    const { fastify: created } = message as { fastify: FastifyInstance }
    created.addHook('onRoute', onRoute)
  }
  subscribe('fastify.initialization', onFastify)
  try {
    return { ...(await startApp()), routes }
  } finally {
    unsubscribe('fastify.initialization', onFastify)
  }
}

/** With ids that do not exist: a call that is let in changes nothing. HEAD has no body, so it has no code. */
export async function ask(
  app: FastifyInstance,
  { method, url }: Pick<Route, 'method' | 'url'>,
  headers: Record<string, string>,
) {
  const path = url.replace(':id', '01990000-0000-7000-8000-000000000000').replace(/:\w+/, '1')
  const answer = await app.inject({ method: method as 'GET', url: path, headers })
  const isProblem = method !== 'HEAD' && answer.statusCode >= 400
  const { code = null, detail = null } = isProblem ? answer.json() : {}
  return { status: answer.statusCode, code, detail }
}

/** One row a route; HEAD is as GET. */
export interface Row {
  route: string
  permission: string
  /** Roles of people who are let in. */
  people: string
  keys: string
  /** By the kind of caller: the status of the refusal, or "in". */
  refusals: string[]
}

export function tableOf(callers: readonly string[], rows: readonly Row[]): string {
  const head = ['route', 'permission', 'people with the role', 'keys with the role', ...callers]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(({ route, permission, people, keys, refusals }) =>
      line([`\`${route}\``, permission, people, keys, ...refusals]),
    ),
  ].join('\n')
}

/** The table as it stands in the document; with WRITE_ROUTES it is put there first. */
export function documented(table: string): string {
  const text = readFileSync(FILE, 'utf8')
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)]
  if (from < BEGIN.length || to < from) throw new Error(`${FILE} has no ${BEGIN} … ${END}`)
  if (process.env.WRITE_ROUTES === undefined) return text.slice(from, to).trim()
  writeFileSync(FILE, `${text.slice(0, from)}\n${table}\n${text.slice(to)}`)
  return table
}
