import { describe, expect, it } from 'vitest'
import { previewDevices } from '../../console/src/pages/import/preview-devices.ts'
import { rejectedCsv } from '../../console/src/pages/import/rejected-csv.ts'

const preview = (text: string, { name = 'devices.csv', isWhole = true } = {}) =>
  previewDevices(name, new TextEncoder().encode(text), isWhole)

describe('the first lines of a file', () => {
  it('are shown by column', () => {
    const { columns, rows, problem } = preview(
      '\ufeffaddress, externalId,platform,attributes\r\n\r\nt1,ada,ios,"{""a"":1}"\r\n',
    )
    expect(problem).toBeNull()
    expect(columns).toEqual(['address', 'externalId', 'platform', 'attributes'])
    expect(rows).toMatchObject([{ number: 3, fields: ['t1', 'ada', 'ios', '{"a":1}'] }])
  })

  it('tell which lines cannot be read', () => {
    const { rows } = preview('address,externalId,platform\na,b\n"a,b,c\na,b,c')
    expect(rows.map(({ fields }) => fields)).toEqual([null, null, ['a', 'b', 'c']])
  })

  it('say what the whole file would be refused for', () => {
    expect(preview('').problem).toEqual({ code: 'empty' })
    expect(preview('address,userId,platform\n').problem).toEqual({ code: 'unknown', columns: ['userId'] })
    expect(preview('address,platform\n').problem).toEqual({ code: 'missing', columns: ['externalId'] })
    const twice = 'address,externalId,platform,address\n'
    expect(preview(twice).problem).toEqual({ code: 'twice', columns: ['address'] })
    expect(preview('"address\n').problem).toEqual({ code: 'unreadable' })
    const latin1 = Uint8Array.from([0x74, 0xe4, 0x0a])
    expect(previewDevices('a.csv', latin1, true).problem).toEqual({ code: 'not_utf8' })
  })

  it('leave out a last line, and a last character, that is cut off', () => {
    const bytes = new TextEncoder().encode('address,externalId,platform\na,b,c\nd,é')
    const { rows, problem } = previewDevices('a.csv', bytes.subarray(0, -1), false)
    expect(problem).toBeNull()
    expect(rows).toHaveLength(1)
  })

  it('may be JSON, of which only used fields are shown', () => {
    const { format, columns, rows } = preview('{"address":"t","externalId":"a","platform":"web"}\n[]\n', {
      name: 'x',
    })
    expect(format).toBe('ndjson')
    expect(columns).toEqual(['address', 'externalId', 'platform'])
    expect(rows.map(({ fields }) => fields)).toEqual([['t', 'a', 'web'], null])
  })
})

it('rejected lines become a file that runs no formula', () => {
  const csv = rejectedCsv([
    { line: 2, code: 'invalid_address', reason: '=1+1' },
    { line: 3, code: 'invalid_csv', reason: 'the "quotes", of' },
  ])
  expect(csv).toBe(
    '\ufeffline,code,reason\r\n2,invalid_address,\'=1+1\r\n3,invalid_csv,"the ""quotes"", of"\r\n',
  )
})
