/** Chooses and builds the sender that the configuration asks for. */
import { readFileSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { AccessToken } from './fcm/access-token.ts'
import { FcmHttp2Sender } from './fcm/fcm-http2-sender.ts'
import { mintGoogleToken } from './fcm/google-credential.ts'
import { FirebaseAdminSender } from './fcm/sdk/firebase-admin-sender.ts'
import type { PushSender } from './push-sender.ts'

/** What Firebase's emulators take, and so every fake. */
const EMULATOR_BEARER = 'owner'
const EMULATOR_PROJECT = 'demo-carillon'

/** Throws with variable, value and what to do when the credentials or the project are not usable. */
export function createSender(config: Config['fcm'], log: Logger): PushSender {
  const projectId = projectIdOf(config)
  const needsCredential = config.isGoogle || config.credentialsFile !== null
  const accessToken = new AccessToken(
    needsCredential
      ? mintGoogleToken
      : async () => ({ token: EMULATOR_BEARER, expiresAt: Number.POSITIVE_INFINITY }),
  )
  const { concurrency, requestTimeoutMs } = config
  if (config.sender === 'firebase-admin') {
    return new FirebaseAdminSender({ projectId, accessToken, concurrency, requestTimeoutMs, log })
  }
  return new FcmHttp2Sender({
    origin: config.endpoint,
    projectId,
    accessToken,
    ca: config.caFile === null ? undefined : readFileSync(config.caFile),
    concurrency,
    requestTimeoutMs,
    validateOnly: config.sender === 'dry-run',
    log,
  })
}

function projectIdOf({ projectId, credentialsFile, isGoogle }: Config['fcm']): string {
  const fromFile = credentialsFile === null ? undefined : readProjectId(credentialsFile)
  if (projectId !== null) return projectId
  if (fromFile !== undefined) return fromFile
  if (!isGoogle) return EMULATOR_PROJECT
  throw new Error(
    `FCM_PROJECT_ID is not set, and ${
      credentialsFile === null
        ? 'GOOGLE_APPLICATION_CREDENTIALS is not set either'
        : `GOOGLE_APPLICATION_CREDENTIALS (${credentialsFile}) names no project_id`
    }; set FCM_PROJECT_ID to the id of the Firebase project to send from.`,
  )
}

/** Also finds a file that is no credential at all now, rather than at the first campaign. */
function readProjectId(file: string): string | undefined {
  const complain = (problem: string, cause?: unknown) =>
    new Error(
      `GOOGLE_APPLICATION_CREDENTIALS is ${JSON.stringify(file)}, which ${problem}; expected the JSON key file of a service account, as downloaded from the Firebase console.`,
      { cause },
    )
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw complain('cannot be read', error)
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // Not the parser's words: they quote the text, and the text may be a key.
    throw complain('is not JSON')
  }
  if (typeof content !== 'object' || content === null || !('type' in content)) {
    throw complain('has no "type"')
  }
  const { type, project_id: projectId } = content as { type: unknown; project_id?: unknown }
  if (type === 'service_account' && !('private_key' in content && 'client_email' in content)) {
    throw complain('has no "private_key" or no "client_email"')
  }
  return typeof projectId === 'string' && projectId !== '' ? projectId : undefined
}
