import pg from 'pg'
import { expect, test } from 'vitest'
import { shownError } from '../../src/process/shown-error.ts'

const TOKEN = 'fX3k:APA91bGx-a-whole-registration-token'

test('what PostgreSQL says of a row is not logged, wherever the error is; what it says of the fault is', () => {
  const fault = Object.assign(
    new pg.DatabaseError('duplicate key value violates unique constraint', 1, 'error'),
    {
      code: '23505',
      table: 'devices',
      constraint: 'devices_project_id_address_key',
      detail: `Key (project_id, address)=(1, ${TOKEN}) already exists.`,
      where: `COPY devices, line 1, column address: "${TOKEN}"`,
      internalQuery: `SELECT '${TOKEN}'`,
    },
  )
  const wrapped = new Error('the row could not be stored', { cause: fault })
  const several = new AggregateError([wrapped], 'some steps failed')
  for (const error of [fault, wrapped, several]) {
    const shown = JSON.stringify(shownError(error))
    expect(shown).not.toContain(TOKEN)
    expect(shown).toContain('23505')
    expect(shown).toContain('devices_project_id_address_key')
  }
})

test('the connection that an error was on is not logged with it', () => {
  const error = Object.assign(new Error('read ECONNRESET'), {
    code: 'ECONNRESET',
    client: { host: 'db', parsedStatements: { look: 'SELECT 1' } },
  })
  expect(shownError(error)).toMatchObject({ code: 'ECONNRESET', message: 'read ECONNRESET' })
  expect(shownError(error)).not.toHaveProperty('client')
})

test('what is no error is shown as it is', () => {
  expect(shownError('away')).toBe('away')
})
