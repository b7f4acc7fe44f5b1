/** "Who sent this to so many people, and what did they see when they pressed?", from the page of the campaign. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeComplaints, openConsole, PASSWORD } from './console.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const console = openConsole({
  devices: 40,
  dead: 0,
  workers: ['dispatcher', 'planner', 'maintenance'],
  role: 'admin',
})

const LOOKS: [string, BrowserContextOptions, string, RegExp[]][] = [
  [
    'light',
    { colorScheme: 'light' },
    'Who did what',
    [
      /ada User · sent the campaign “Spring”/,
      /To 40 devices, as they were counted/,
      /They confirmed 40/,
      /Version 2 was on their screen/,
    ],
  ],
  [
    'korean-narrow',
    { colorScheme: 'dark', locale: 'ko-KR', timezoneId: 'Asia/Seoul', viewport: { width: 390, height: 844 } },
    '활동 기록',
    [/ada 사용자 · 캠페인 발송 “Spring”/, /대상 기기 40대/, /40대로 확인함/, /화면에 표시된 버전: 2/],
  ],
]

describe.each(LOOKS)('%s', (look, options, link, said) => {
  test('the story of a campaign says who sent it to how many, and what they had seen', async () => {
    const page = await console.openPage(options)
    await page.goto('/sign-in')
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.waitForURL(/\/$/)
    // As the console does it, with the session of the page.
    const id = await page.evaluate(async () => {
      const call = async (method: string, url: string, body: unknown, version?: number) => {
        const answer = await fetch(`/v1/campaigns${url}`, {
          method,
          body: JSON.stringify(body),
          headers: {
            'content-type': 'application/json',
            ...(version !== undefined && { 'if-match': `"${version}"` }),
          },
        })
        return (await answer.json()) as { id: string; version: number }
      }
      const message = { title: 'Sprng', body: 'All of it' }
      const made = await call('POST', '', { name: 'Spring', message, audience: { all: true } })
      const corrected = { message: { ...message, title: 'Spring' } }
      const { version } = await call('PATCH', `/${made.id}`, corrected, made.version)
      await call('POST', `/${made.id}/send`, { confirmAudience: 40 }, version)
      return made.id
    })

    await page.goto(`/campaigns/${id}`)
    await page.getByRole('main').getByRole('link', { name: link }).click()
    await page.waitForURL(/\/activity\?/)
    const rows = page.getByRole('main').getByRole('listitem')
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(3)
    const text = ((await rows.first().textContent()) ?? '').replaceAll(/\s+/g, ' ')
    for (const each of said) expect(text).toMatch(each)
    await rows.first().locator('summary').click()
    mkdirSync(FOLDER, { recursive: true })
    await page.screenshot({ path: join(FOLDER, `activity-${look}.png`), fullPage: true })
    expect(await axeComplaints(page)).toEqual([])

    // Everything that she did, and not only to this campaign.
    await page.goto('/activity')
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeGreaterThan(3)
    await page.screenshot({ path: join(FOLDER, `activity-all-${look}.png`), fullPage: true })
    expect(await axeComplaints(page)).toEqual([])
    const width = await page.evaluate(() => {
      const { documentElement: root } = (
        globalThis as unknown as {
          document: { documentElement: { scrollWidth: number; clientWidth: number } }
        }
      ).document
      return root.scrollWidth - root.clientWidth
    })
    expect(width).toBeLessThanOrEqual(0)
  }, 120_000)
})
