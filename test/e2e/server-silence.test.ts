/** A server that hangs: every page says so, nothing stays green, and all is well again when it answers. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Route } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeComplaints, openConsole } from './console.ts'

const console = openConsole({ devices: 10, workers: ['planner', 'dispatcher', 'maintenance'] })

test('is said on the page, and the system page is not green meanwhile', async () => {
  const page = await console.signIn()
  await page.goto('/system')
  await page.getByText('All systems operational').waitFor()
  const held: Route[] = []
  const hold = (route: Route) => void held.push(route)
  await page.route(/\/(v1|health)\//, hold)
  // In the header as well, wherever one looks.
  const silent = page.getByRole('main').getByText(/No answer from the server since \d\d:\d\d:\d\d/)
  await silent.waitFor()
  await page.getByText(/The state since .* is not known/).waitFor()
  expect(await page.getByText('All systems operational').count()).toBe(0)
  expect(await axeComplaints(page)).toEqual([])
  const folder = join(import.meta.dirname, '../../screenshots')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, 'server-silent.png') })
  await page.unroute(/\/(v1|health)\//, hold)
  for (const route of held) await route.continue().catch(() => undefined)
  await silent.waitFor({ state: 'detached' })
  await page.getByText('All systems operational').waitFor()
})

test('a user changes the own password, and a wrong current one is said at its field', async () => {
  await console.addUser('bea', 'viewer')
  const page = await console.signIn({ name: 'bea' }, /status of 401/)
  await page.getByRole('button', { name: 'Account: bea' }).click()
  await page.getByRole('menuitem', { name: 'Change password…' }).click()
  const current = page.getByLabel('Current password')
  await current.fill('not the password')
  await page.getByLabel('New password').fill('a cow, a battery')
  await page.getByRole('button', { name: 'Change password', exact: true }).click()
  await page.getByText('This is not your current password.').waitFor()
  expect(await axeComplaints(page)).toEqual([])
  await current.fill('a horse, a battery')
  await page.getByRole('button', { name: 'Change password', exact: true }).click()
  await page.getByText('Password changed. You are signed out everywhere else.').waitFor()
})
