/** Schemas that several routes share: ids, pages, problems. */
import Type, { type Static, type TProperties, type TSchema } from 'typebox'

/** An object without additional properties. */
export function Exact<P extends TProperties>(properties: P, options: Record<string, unknown> = {}) {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

/** Uses `type: [x, "null"]` instead of a union, so that a violation is one error and not three. */
export function Nullable<S extends TSchema>(schema: S) {
  const { type, enum: values } = schema as { type?: string; enum?: unknown[] }
  return Type.Unsafe<Static<S> | null>({
    ...schema,
    type: [type, 'null'],
    ...(values && { enum: [...values, null] }),
  })
}

export function OneOf<T extends string>(values: readonly T[], options: Record<string, unknown> = {}) {
  return Type.Unsafe<T>({ ...options, type: 'string', enum: [...values] })
}

export const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' })
export const Id = Type.String({ format: 'uuid' })
export const IdParams = Exact({ id: Id })

export const DEFAULT_LIMIT = 50

export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 500,
      default: DEFAULT_LIMIT,
      description:
        'At most so many; a page of large rows ends early. The last page is the one without "nextCursor"',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2000, description: '"nextCursor" of the previous page' }),
  ),
}

export function Page<S extends TSchema>(item: S) {
  return Type.Object({
    data: Type.Array(item),
    nextCursor: Nullable(Type.String({ description: 'null on the last page' })),
  })
}

/** The body of an action: none. An empty JSON object is accepted, because many clients send one. */
export const NoBody = Type.Unsafe<Record<string, never> | null>({
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {},
})

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; for programs' }),
    detail: Type.String({ description: 'For people: what was wrong and what to do' }),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), problem: Type.String() }))),
    current: Type.Optional(
      Type.Object({}, { description: 'version_conflict: the campaign as it is now, as GET returns it' }),
    ),
    audience: Type.Optional(
      Type.Integer({
        description: 'audience_not_confirmed and audience_changed: how many devices the audience has now',
      }),
    ),
    requestId: Type.String(),
  },
  { description: 'RFC 9457 problem, as application/problem+json' },
)

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'A repeated POST with the same key returns the first answer' }),
  ),
})

export const MemberParams = Exact({ externalId: Type.String({ minLength: 1 }) })
