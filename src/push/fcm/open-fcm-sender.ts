/** Opens a sender for FCM: chooses the implementation, the Firebase project and the credential. */
import { readFileSync } from 'node:fs'
import { proxyFor } from '../../config/egress-proxy.ts'
import { openFileWarnings } from '../../config/open-file.ts'
import type { Logger } from '../../process/logger.ts'
import type { SenderSettings } from '../../projects/project.ts'
import type { PushSender } from '../push-sender.ts'
import { AccessToken } from './access-token.ts'
import { FcmHttp2Sender } from './fcm-http2-sender.ts'
import { firebaseProjectOf } from './firebase-project.ts'
import { mintGoogleToken, tokenHostOf } from './google-credential.ts'
import {
  bearerNotice,
  EMULATOR_BEARER,
  expectGoogleHosts,
  needsGoogleToken,
  readCredential,
} from './google-hosts.ts'
import { FirebaseAdminSender } from './sdk/firebase-admin-sender.ts'

/**
 * `firstLimit`: requests in flight of the sender fcm-http2 before anything was measured. Throws with the setting, its value
 * and what to do when the credential or the project is not usable.
 */
export function openFcmSender(settings: SenderSettings, log: Logger, firstLimit?: number): PushSender {
  const {
    concurrency,
    requestTimeoutMs,
    credentialsFile,
    hasOwnCredentials,
    endpoint,
    isGoogle,
    isTrusted,
    proxy,
  } = settings
  const projectId = firebaseProjectOf(settings)
  if (hasOwnCredentials && credentialsFile !== null) {
    for (const warning of openFileWarnings('credentials_file', credentialsFile)) log.warn(warning)
  }
  const needsToken = needsGoogleToken(settings)
  if (needsToken && credentialsFile !== null && !isTrusted) {
    expectGoogleHosts(credentialsFile, readCredential(credentialsFile))
  }
  log.info({ endpoint }, bearerNotice(settings))
  const accessToken = new AccessToken(
    needsToken
      ? (signal) =>
          mintGoogleToken(
            {
              file: hasOwnCredentials ? credentialsFile : null,
              environmentFile: credentialsFile,
              isTrusted,
              proxy,
            },
            signal,
          )
      : async () => ({ token: EMULATOR_BEARER, expiresAt: Number.POSITIVE_INFINITY }),
    { host: () => tokenHostOf(credentialsFile), log },
  )
  if (settings.sender === 'firebase-admin') {
    if (!isGoogle) throw new Error(`its sender firebase-admin cannot reach ${endpoint}, only Google's FCM.`)
    if (proxy?.isOwn) {
      throw new Error(
        'its sender firebase-admin cannot use FCM_PROXY. Use the sender fcm-http2, or unset FCM_PROXY.',
      )
    }
    return new FirebaseAdminSender({ projectId, accessToken, concurrency, requestTimeoutMs, log })
  }
  return new FcmHttp2Sender({
    origin: endpoint,
    proxy: proxyFor(proxy, new URL(endpoint)),
    projectId,
    accessToken,
    ca: settings.caFile === null ? undefined : readFileSync(settings.caFile),
    concurrency,
    ...(firstLimit !== undefined && { firstLimit }),
    requestTimeoutMs,
    validateOnly: settings.sender === 'dry-run',
    log,
  })
}
