/**
 * The console in a real browser, on a real Carillon: API, planner, dispatcher and maintenance as processes, PostgreSQL, and
 * the fake FCM in the test's own process, so that a gate can hold a campaign in mid-send.
 *
 * A page that logs an error, breaks the content security policy or throws fails its test, whatever the test looks at.
 */
import type { ChildProcess } from 'node:child_process'
import { randomUUIDv7 } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { createUser } from '../../src/access/user-store.ts'
import type { Role } from '../../src/domain/permissions.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { Carillon, type CarillonOptions, stopChild } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'

export const PASSWORD = 'a horse, a battery'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** As root there is no sandbox to be had; the rest keeps it from calling home, which a test must not. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

export interface ConsoleOptions extends Partial<CarillonOptions> {
  role?: Role
}

/** One Carillon and one browser for the tests of a file. */
export function openConsole({ role = 'operator', ...options }: ConsoleOptions = {}) {
  const [backend] = queueBackends()
  const cleanUps: (() => unknown)[] = []
  let browser: Browser
  let carillon: Carillon
  let api: ChildProcess
  let baseURL = ''

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `There is no browser at ${CHROMIUM}. Install Debian's chromium, or set CHROMIUM to another.`,
      )
    }
    if (backend === undefined) throw new Error('There is no queue.')
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
    cleanUps.unshift(() => browser.close())
    carillon = await Carillon.start(
      backend,
      { devices: 400, dead: 8, ...options },
      (stop) => void cleanUps.unshift(stop),
    )
    api = await carillon.startWorker('api')
    baseURL = carillon.apiUrl.replace('127.0.0.1', 'localhost')
    await addUser('ada', role)
  })
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  /** Where the pages know it. */
  const startApi = async () => {
    api = await carillon.startWorker('api', { PORT: new URL(baseURL).port })
  }

  const addUser = async (name: string, as: Role) => {
    const prisma = openPrisma(carillon.pool)
    await createUser(prisma, { id: randomUUIDv7(), name, role: as, password: PASSWORD })
    await prisma.$disconnect()
  }

  /**
   * A window of its own, in which nobody has signed in. `allowed`: what its browser may complain of all the same; that
   * nobody has signed in yet, it always may.
   */
  const openPage = async (settings: BrowserContextOptions = {}, allowed: RegExp = /^$/): Promise<Page> => {
    const context = await browser.newContext({
      baseURL,
      locale: 'en-GB',
      timezoneId: 'Europe/Vienna',
      viewport: { width: 1280, height: 900 },
      ...settings,
    })
    context.setDefaultTimeout(45_000)
    const complaints: string[] = []
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(`threw ${error.message}`))
    page.on('console', (message) => {
      const text = message.text()
      if (message.type() !== 'error' || /status of 401/.test(text) || allowed.test(text)) return
      complaints.push(text)
    })
    onTestFinished(async () => {
      await context.close()
      expect(complaints).toEqual([])
    })
    return page
  }

  const enter = async (page: Page, name = 'ada') => {
    await page.goto('/')
    await page.getByLabel('Username', { exact: true }).fill(name)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
  }

  return {
    get carillon() {
      return carillon
    },
    addUser,
    /** A key of an admin, for what a program does meanwhile. */
    async apiKey(name: string): Promise<string> {
      const prisma = openPrisma(carillon.pool)
      const { key } = await createApiKey(prisma, { id: randomUUIDv7(), name, role: 'admin', expiresAt: null })
      await prisma.$disconnect()
      return key
    },
    openPage,
    /** What `signIn` does with a page of its own. */
    enter,
    /** Signed in, on the overview. */
    async signIn(settings: BrowserContextOptions & { name?: string } = {}, allowed?: RegExp): Promise<Page> {
      const { name = 'ada', ...rest } = settings
      const page = await openPage(rest, allowed)
      await enter(page, name)
      return page
    },
    /** It is there again when the test is over. */
    async killApi() {
      await stopChild(api, 'SIGKILL')
      onTestFinished(async () => {
        if (api.killed) await startApi()
      })
    },
    startApi,
  }
}

/** What axe calls serious or critical on this page, as text; empty is what is wanted. */
export async function axeComplaints(page: Page): Promise<string[]> {
  // The content security policy lets no foreign script tag in; `evaluate` does not ask it.
  await page.evaluate(await readFile(AXE, 'utf8'))
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResult> } }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
  })
}

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string }[] }[]
}
