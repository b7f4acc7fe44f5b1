/** Users as rows. A name is unique without regard to case; a password leaves here only as its hash. */

import { AppError } from '../domain/errors.ts'
import type { Role } from '../domain/permissions.ts'
import type { Pool } from '../postgres/pool.ts'
import { checkNewPassword, hashPassword, isPassword } from './password.ts'

const SHOWN = `id, name, role, created_at AS "createdAt", disabled_at AS "disabledAt", last_seen_at AS "lastSeenAt"`

export interface UserView {
  id: string
  name: string
  role: Role
  createdAt: Date
  disabledAt: Date | null
  lastSeenAt: Date | null
}

export interface UserInput {
  id: string
  name: string
  role: Role
  password: string
}

/** Safe to repeat with the same id: a request that died before its answer is found to have done its deed. */
export async function createUser(pool: Pool, { id, name, role, password }: UserInput): Promise<UserView> {
  checkNewPassword(password)
  const hash = await hashPassword(password)
  const { rows } = await pool.query<UserView>(
    `INSERT INTO users (id, name, role, password_hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING ${SHOWN}`,
    [id, name.normalize('NFC'), role, hash],
  )
  const made = rows[0] ?? (await findUser(pool, id))
  if (made !== undefined) return made
  throw new AppError(
    'user_name_taken',
    `There is a user ${JSON.stringify(name)} already; upper and lower case are the same. Choose another name, or change that user.`,
    { fields: [{ field: '/name', problem: 'is taken' }] },
  )
}

export interface UserChange {
  role?: Role | undefined
  isDisabled?: boolean | undefined
  password?: string | undefined
}

/** Whoever is disabled, or has a new password, is signed out everywhere. */
export async function changeUser(pool: Pool, id: string, change: UserChange): Promise<UserView> {
  const { role, isDisabled, password } = change
  if (password !== undefined) checkNewPassword(password)
  const hash = password === undefined ? null : await hashPassword(password)
  const { rows } = await pool.query<UserView>(
    `WITH signed_out AS (DELETE FROM sessions WHERE user_id = $1 AND ($3 IS TRUE OR $4::text IS NOT NULL))
     UPDATE users SET role = coalesce($2, role), password_hash = coalesce($4, password_hash),
       disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, now()) WHEN NOT $3 THEN NULL ELSE disabled_at END
     WHERE id = $1 RETURNING ${SHOWN}`,
    [id, role ?? null, isDisabled ?? null, hash],
  )
  const [changed] = rows
  if (changed === undefined) {
    throw new AppError('user_not_found', `There is no user ${id}. GET /v1/users lists those there are.`)
  }
  return changed
}

/** Newest first. `before` is the id the last page ended with. */
export async function listUsers(pool: Pool, limit: number, before: string | undefined): Promise<UserView[]> {
  const { rows } = await pool.query<UserView>(
    `SELECT ${SHOWN} FROM users WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
    [limit, before ?? null],
  )
  return rows
}

export async function findUserByName(pool: Pool, name: string): Promise<UserView | undefined> {
  const { rows } = await pool.query<UserView>(`SELECT ${SHOWN} FROM users WHERE lower(name) = lower($1)`, [
    name.normalize('NFC'),
  ])
  return rows[0]
}

/** Undefined for an unknown name, a wrong password and a disabled user alike, after the same work. */
export async function findUserByPassword(
  pool: Pool,
  name: string,
  password: string,
): Promise<UserView | undefined> {
  const { rows } = await pool.query<UserView & { hash: string }>(
    `SELECT ${SHOWN}, password_hash AS hash FROM users WHERE lower(name) = lower($1)`,
    [name.normalize('NFC')],
  )
  const user = rows[0]
  const isRight = await isPassword(password, user?.hash)
  return isRight && user?.disabledAt === null ? user : undefined
}

async function findUser(pool: Pool, id: string): Promise<UserView | undefined> {
  const { rows } = await pool.query<UserView>(`SELECT ${SHOWN} FROM users WHERE id = $1`, [id])
  return rows[0]
}
