import { describe, expect, test } from 'vitest'
import { attachmentOf } from '../../../src/api/http/attachment.ts'
import { readExportName } from '../../../src/results/read-export-name.ts'
import { createTestDatabase } from '../../support/database.ts'
import { createCampaign } from '../../support/factories.ts'

/** As a browser reads it. */
const nameIn = (header: string) => decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(header)?.[1] ?? '')

describe('the name of a download', () => {
  test.each([
    ['Spring sale', 'Spring sale 2026-11-30.csv'],
    ['봄 세일 🎉 (최대 50%)', '봄 세일 🎉 (최대 50 ) 2026-11-30.csv'],
    ['../../etc/passwd', 'etc passwd 2026-11-30.csv'],
    ['a"b\r\nset-cookie: x', 'a b set-cookie x 2026-11-30.csv'],
    ['CON:*?<>|', 'CON 2026-11-30.csv'],
    ['\u202Egnp.exe', 'gnp.exe 2026-11-30.csv'],
    ['...', 'plain.csv'],
    ['é'.repeat(200), `${'é'.repeat(100)} 2026-11-30.csv`],
  ])('%j is %j', (title, name) => {
    const header = attachmentOf(title, '2026-11-30.csv', 'plain.csv')
    expect(nameIn(header)).toBe(name)
    expect(header).toMatch(/^attachment; filename="plain\.csv"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/)
  })

  test('has the day on which the campaign began where the reader is', async () => {
    const { pool } = await createTestDatabase()
    const id = await createCampaign(pool, {
      name: '봄 세일',
      state: 'finished',
      started_at: new Date('2026-11-29T16:00:00Z'),
    })
    expect(await readExportName(pool, id)).toEqual({ name: '봄 세일', day: '2026-11-29' })
    expect(await readExportName(pool, id, 'Asia/Seoul')).toEqual({ name: '봄 세일', day: '2026-11-30' })
    expect((await readExportName(pool, id, 'Mars/Base')).day).toBe('2026-11-29')
  })
})
