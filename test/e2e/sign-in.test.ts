import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'

const console = openConsole({ devices: 10, workers: [] })

test('who has not signed in is asked to, and comes where they wanted to be', async () => {
  const page = await console.openPage()
  await page.goto('/campaigns?state=paused')
  await page.getByLabel('Username', { exact: true }).fill('ada')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  expect(await axeComplaints(page)).toEqual([])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/campaigns?state=paused')
})

test('a wrong password is one sentence, and tells no more than an unknown name', async () => {
  const page = await console.openPage()
  await page.goto('/sign-in')
  const said: (string | null)[] = []
  for (const name of ['ada', 'nobody']) {
    await page.getByLabel('Username', { exact: true }).fill(name)
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    said.push(await page.getByRole('alert').textContent())
  }
  expect(said[0]).toMatch(/\w/)
  expect(said[1]).toBe(said[0])
  expect(page.url()).toMatch(/\/sign-in$/)
})

test('a menu whose button is pressed before it is there opens as soon as it is', async () => {
  const page = await console.openPage()
  const arrives = Promise.withResolvers<void>()
  onTestFinished(() => arrives.resolve())
  await page.route(/\/assets\/account-menu-[^/]*\.js$/, async (route) => {
    await arrives.promise
    await route.continue()
  })
  await console.enter(page)
  await page.getByRole('button', { name: 'Account: ada' }).click()
  expect(await page.getByRole('menuitem').count()).toBe(0)
  arrives.resolve()
  await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
})

test('signing out ends the session here and on the server', async () => {
  const page = await console.signIn()
  const cookies = await page.context().cookies()
  expect(cookies).toMatchObject([
    { name: '__Host-carillon', httpOnly: true, secure: true, sameSite: 'Strict' },
  ])
  await page.getByRole('button', { name: 'Account: ada' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.context().addCookies(cookies)
  await page.goto('/campaigns')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
})

test('a session that was ended elsewhere leads back to the same page', async () => {
  const page = await console.signIn()
  await page.goto('/campaigns')
  await page.getByLabel('Search by name').waitFor()
  const elsewhere = await console.openPage()
  await elsewhere.context().addCookies(await page.context().cookies())
  await elsewhere.goto('/campaigns')
  await elsewhere.getByRole('button', { name: 'Account: ada' }).click()
  await elsewhere.getByRole('menuitem', { name: 'Sign out' }).click()
  await elsewhere.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.getByLabel('Search by name').fill('spring')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await fillAndEnter(page)
  await page.waitForURL('**/campaigns?search=spring')
})

async function fillAndEnter(page: Page): Promise<void> {
  await page.getByLabel('Username', { exact: true }).fill('ada')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
