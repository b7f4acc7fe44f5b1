/** Roles, keys and sessions as people meet them. */
import { expect, test } from 'vitest'
import { codeOf, stepAt } from '../../src/access/totp.ts'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'

const console = openConsole({ devices: 10, workers: [], role: 'admin' })

test('a marketer writes a draft, is offered no send, and reads who can send it', async () => {
  await console.addUser('mia', 'marketer')
  const made = await fetch(`${console.carillon.apiUrl}/v1/campaigns`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await console.apiKey('p')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Doors', message: { title: 'a', body: 'b' }, audience: { all: true } }),
  })
  const { id } = (await made.json()) as { id: string }
  const review = `/campaigns/new?draft=${id}&step=review`
  const page = await console.signIn({ name: 'mia' })
  await page.goto(review)
  // The test says the same; it is folded away.
  await page.getByText('Somebody with the role Operator or Admin can').last().waitFor()
  expect(await page.getByRole('button', { name: /^Send/ }).count()).toBe(0)
  expect(await page.getByRole('link', { name: 'Users & API keys' }).count()).toBe(0)
  const korean = await console.openPage({ locale: 'ko-KR' })
  await korean.context().addCookies(await page.context().cookies())
  await korean.goto(review)
  await korean.getByText('운영자 또는 관리자 권한이 있는 담당자에게 발송을 요청하세요').last().waitFor()
})

test('a key is limited when it is made, and rotated', async () => {
  const page = await console.signIn()
  await page.goto('/access')
  await page.getByRole('button', { name: 'Create key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('CRM')
  await dialog.getByLabel('Role').selectOption('operator')
  await dialog.getByRole('switch', { name: 'Only some of the role’s permissions' }).check()
  await dialog.getByLabel('View campaigns').check()
  await dialog.getByLabel('Allowed IP addresses').fill('203.0.113.0/24\n2001:db8::/32')
  expect(await axeComplaints(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const secret = dialog.getByText(/^cari_/)
  const first = await secret.textContent()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Only: View campaigns').waitFor()
  await page.getByText('From: 203.0.113.0/24, 2001:db8::/32').waitFor()

  await page.getByRole('button', { name: 'Rotate CRM' }).click()
  await dialog.getByLabel('The old secret works for').selectOption('1')
  await dialog.getByRole('button', { name: 'Rotate' }).click()
  await secret.waitFor()
  expect(await secret.textContent()).not.toBe(first)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText(`Old secret ${first?.slice(0, 13)}… works until`).waitFor()
  expect(await axeComplaints(page)).toEqual([])
})

test('a dangerous deed asks for the password when it was given long ago, and goes on', async () => {
  const page = await console.signIn({}, /status of 403/)
  await console.carillon.pool.query(`UPDATE sessions SET confirmed_at = now() - interval '11 minutes'`)
  await page.goto('/access')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByLabel('Name').fill('late')
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
  const again = page.getByRole('dialog', { name: 'Confirm it is you' })
  await again.getByLabel('Password', { exact: true }).fill('not the password')
  await again.getByRole('button', { name: 'Confirm' }).click()
  await again.getByText('This is not your password.').waitFor()
  expect(await axeComplaints(page)).toEqual([])
  await again.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await again.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('Copy your API key').waitFor()
  const { rows } = await console.carillon.pool.query(`SELECT name FROM api_keys WHERE name = 'late'`)
  expect(rows).toHaveLength(1)
})

test('the own sessions are shown and ended', async () => {
  await console.addUser('sam', 'viewer')
  const [page, other] = [await console.signIn({ name: 'sam' }), await console.signIn({ name: 'sam' })]
  await page.getByRole('button', { name: 'Account: sam' }).click()
  await page.getByRole('menuitem', { name: 'Your sessions' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('This session').waitFor()
  expect(await dialog.getByRole('listitem').count()).toBe(2)
  expect(await axeComplaints(page)).toEqual([])
  await dialog.getByRole('button', { name: 'End all others' }).click()
  await dialog.getByText('You are signed in nowhere else.').waitFor()
  await other.goto('/campaigns')
  await other.getByRole('button', { name: 'Sign in' }).waitFor()
})

test('two-step sign-in is set up, asked for, and taken away by an admin', async () => {
  await console.addUser('tom', 'operator')
  const codeOfApp = async () => {
    const { rows } = await console.carillon.pool.query(
      `SELECT totp_secret, totp_step FROM users WHERE name = 'tom'`,
    )
    const [{ totp_secret: secret, totp_step: taken }] = rows
    return codeOf(secret, taken === null ? stepAt(Date.now()) - 1 : Number(taken) + 1)
  }
  const page = await console.signIn({ name: 'tom' })
  await page.getByRole('button', { name: 'Account: tom' }).click()
  await page.getByRole('menuitem', { name: 'Two-step sign-in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Set up' }).click()
  await dialog.getByRole('link', { name: 'Open in an authenticator app' }).waitFor()
  expect(await axeComplaints(page)).toEqual([])
  await dialog.getByLabel('Code of the app').fill('000000')
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await dialog.getByText('This is not the code of the app.').waitFor()
  await dialog.getByLabel('Code of the app').fill(await codeOfApp())
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('Save your recovery codes').waitFor()
  const [recovery = ''] = ((await dialog.locator('pre').textContent()) ?? '').split('\n')
  expect(await axeComplaints(page)).toEqual([])
  await dialog.getByRole('button', { name: 'I have saved them' }).click()

  for (const code of [await codeOfApp(), recovery]) {
    const other = await console.openPage()
    await other.goto('/sign-in')
    await other.getByLabel('Username', { exact: true }).fill('tom')
    await other.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByLabel('Code', { exact: true }).fill('000000')
    expect(await axeComplaints(other)).toEqual([])
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByText('The code is wrong, or was used before.').waitFor()
    await other.getByLabel('Code', { exact: true }).fill(code)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
  }

  const admin = await console.signIn()
  await admin.goto('/access')
  await admin.getByRole('button', { name: 'Edit tom' }).click()
  await admin.getByRole('switch', { name: 'Turn off two-step sign-in' }).check()
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.getByText('tom was updated.').waitFor()
  await console.signIn({ name: 'tom' })
})
