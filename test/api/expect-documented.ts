/** Holds an answer against the OpenAPI document: status and body must be what it says. */
import { Ajv, type ValidateFunction } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import type { Answer } from './start-app.ts'

const ajv = new Ajv({ strict: false, allErrors: true })
ajvFormats.default(ajv, ['date-time', 'uuid'])
const compiled = new WeakMap<object, ValidateFunction>()

interface Operation {
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>
}

export function expectDocumented(app: FastifyInstance, method: string, url: string, answer: Answer): void {
  const path = url.split('?', 1)[0] ?? ''
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, Operation>> }
  const template = Object.keys(paths).find((known) =>
    new RegExp(`^${known.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
  )
  const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()]
  if (operation === undefined || answer.status >= 500) return
  const { responses = {} } = operation
  const documented = responses[answer.status] ?? responses[`${String(answer.status)[0]}XX`]
  expect(documented, `${method} ${template} does not document ${answer.status}`).toBeDefined()
  const schema = documented?.content?.['application/json']?.schema
  if (schema === undefined || answer.json === undefined) return
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, validate)
  validate(answer.json)
  expect(validate.errors ?? [], `${method} ${template} ${answer.status} against its schema`).toEqual([])
}
