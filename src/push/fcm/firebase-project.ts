/** Which Firebase project to send to, and whether the credentials file can be used. */
import { readFileSync } from 'node:fs'
import type { SenderSettings } from '../../projects/project.ts'

/** Where no credential is needed, any project will do. */
const EMULATOR_PROJECT = 'demo-carillon'

type Settings = Pick<SenderSettings, 'projectId' | 'credentialsFile' | 'isGoogle' | 'hasOwnCredentials'>

/** Throws when the file is not a credential, or when neither the settings nor the file name a project. */
export function firebaseProjectOf(settings: Settings): string {
  const { projectId, credentialsFile, isGoogle } = settings
  const fromFile = credentialsFile === null ? undefined : readProjectId(credentialsFile, settings)
  if (projectId !== null) return projectId
  if (fromFile !== undefined) return fromFile
  if (!isGoogle) return EMULATOR_PROJECT
  throw new Error(
    `its Firebase project is unknown: FCM_PROJECT_ID (in the table projects: fcm_project_id) is not set, and ${
      credentialsFile === null
        ? 'there is no credentials file'
        : `the credentials file ${credentialsFile} has no project_id`
    }. Set it to the id of the Firebase project.`,
  )
}

/** Reads the file now, so that one that is no credential at all is noticed before the first campaign. */
function readProjectId(file: string, { hasOwnCredentials = false }: Settings): string | undefined {
  const setting = hasOwnCredentials
    ? 'credentials_file in its row of the table projects'
    : 'GOOGLE_APPLICATION_CREDENTIALS'
  const unusable = (problem: string, cause?: unknown) =>
    new Error(
      `${setting} is ${JSON.stringify(file)}, which ${problem}; expected the JSON key file of a service account, as downloaded from the Firebase console.`,
      { cause },
    )
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw unusable('cannot be read', error)
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // Not the parser's message: it quotes the text, which may be a key.
    throw unusable('is not JSON')
  }
  if (typeof content !== 'object' || content === null || !('type' in content)) {
    throw unusable('has no "type"')
  }
  const { type, project_id: projectId } = content as { type: unknown; project_id?: unknown }
  if (type === 'service_account' && !('private_key' in content && 'client_email' in content)) {
    throw unusable('has no "private_key" or no "client_email"')
  }
  // Other types, such as the login of a user, are supported in the environment only.
  if (hasOwnCredentials && type !== 'service_account' && type !== 'external_account') {
    throw unusable(`has the type ${JSON.stringify(type)}`)
  }
  return typeof projectId === 'string' && projectId !== '' ? projectId : undefined
}
