/**
 * Projects. Devices and campaigns belong to one; its row says which sender, credential and rate limit they use. This is
 * the one place where the row and the environment (FCM_…) are put together.
 */
import { type Config, GOOGLE_ENDPOINT, VARIABLES } from '../config/config.ts'
import type { Pool } from '../postgres/pool.ts'

/** The project of devices and campaigns whose caller names no other. The migration creates its row. */
export const DEFAULT_PROJECT_ID = 1

/** What a sender is opened with. */
export type SenderSettings = Omit<Config['fcm'], 'sender'> & {
  /** A name from src/push/create-sender.ts. */
  sender: string
  /** True: `credentialsFile` is the project's own, and not the one that GOOGLE_APPLICATION_CREDENTIALS names. */
  hasOwnCredentials?: boolean
}

export interface Project {
  id: number
  name: string
  settings: SenderSettings
}

/** The settings of one project cannot be used, and an operator has to correct them. Other projects are not affected. */
export class ProjectError extends Error {
  constructor(project: string, problem: string, cause?: unknown) {
    super(`Project ${JSON.stringify(project)} cannot send: ${problem}`, { cause })
    this.name = 'ProjectError'
  }
}

interface Row {
  name: string
  sender: string | null
  endpoint: string | null
  fcm_project_id: string | null
  credentials_file: string | null
  messages_per_minute: number | null
}

/** Rejects with ProjectError when there is no such project, or a setting in its row is not valid. */
export async function readProject(pool: Pool, id: number, environment: Config['fcm']): Promise<Project> {
  const { rows } = await pool.query<Row>({
    name: 'project-read',
    text: `SELECT name, sender, endpoint, fcm_project_id, credentials_file, messages_per_minute
           FROM projects WHERE id = $1`,
    values: [id],
  })
  const row = rows[0]
  if (row === undefined) throw new ProjectError(String(id), 'it has no row in the table projects.')
  return { id, name: row.name, settings: settingsOf(row, environment) }
}

/**
 * Settings that only make sense together come from the same place: a project with its own endpoint does not use the
 * environment's credential, which would give that endpoint an access token for another one, and a project with its own
 * credential does not send to the environment's Firebase project.
 */
function settingsOf(row: Row, environment: Config['fcm']): SenderSettings {
  const ownEndpoint = valid(row, 'endpoint', VARIABLES.FCM_ENDPOINT)
  const ownProjectId = valid(row, 'fcm_project_id', VARIABLES.FCM_PROJECT_ID)
  const ownCredentials = valid(row, 'credentials_file', VARIABLES.GOOGLE_APPLICATION_CREDENTIALS)
  const endpoint = ownEndpoint ?? environment.endpoint
  return {
    ...environment,
    sender: row.sender ?? environment.sender,
    endpoint,
    isGoogle: endpoint === GOOGLE_ENDPOINT,
    projectId: ownProjectId ?? (ownCredentials === null ? environment.projectId : null),
    credentialsFile: ownCredentials ?? (ownEndpoint === null ? environment.credentialsFile : null),
    hasOwnCredentials: ownCredentials !== null,
    messagesPerMinute: row.messages_per_minute ?? environment.messagesPerMinute,
  }
}

/** A column is held to the rule of the variable that it replaces. */
function valid(
  row: Row,
  column: 'endpoint' | 'fcm_project_id' | 'credentials_file',
  { expected, read }: { expected: string; read: (text: string) => string | null | undefined },
): string | null {
  const text = row[column]
  if (text === null) return null
  const value = read(text)
  if (value !== undefined) return value
  throw new ProjectError(
    row.name,
    `${column} in its row of the table projects is ${JSON.stringify(text)}; expected ${expected}.`,
  )
}
