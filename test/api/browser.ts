/** Calls as a browser makes them: without an API key, with its cookie and with Sec-Fetch-Site. */

import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { createUser } from '../../src/access/user-store.ts'
import type { Role } from '../../src/domain/permissions.ts'
import type { Prisma } from '../../src/postgres/prisma.ts'
import { expectDocumented } from './expect-documented.ts'

export const PASSWORD = 'a horse, a battery'

export function addUser(prisma: Prisma, name: string, role: Role = 'operator') {
  return createUser(prisma, { id: randomUUIDv7(), name, role, password: PASSWORD })
}

export interface Browser {
  /** The value of the Cookie header. */
  cookie: string
  call(
    method: string,
    url: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
}

export function openBrowser(app: FastifyInstance, cookie = ''): Browser {
  const browser: Browser = {
    cookie,
    async call(method, url, body, headers = {}) {
      const answer = await app.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url,
        headers: {
          'sec-fetch-site': 'same-origin',
          ...(browser.cookie !== '' && { cookie: browser.cookie }),
          ...headers,
        },
        ...(body && { payload: body }),
      })
      for (const { name, value } of answer.cookies) browser.cookie = value === '' ? '' : `${name}=${value}`
      const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== ''
      expectDocumented(app, method, url, {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>,
        text: answer.body,
        json: isJson ? answer.json() : undefined,
      })
      return answer
    },
  }
  return browser
}

/** A browser that has signed in, by name and PASSWORD or with an API key. */
export async function signIn(
  app: FastifyInstance,
  who: { name: string } | { apiKey: string },
): Promise<Browser> {
  const browser = openBrowser(app)
  const answer = await browser.call(
    'POST',
    '/v1/session',
    'name' in who ? { ...who, password: PASSWORD } : who,
  )
  if (answer.statusCode !== 201) throw new Error(`The sign-in was refused: ${answer.body}`)
  return browser
}
