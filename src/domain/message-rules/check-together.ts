/**
 * What can only be seen in a message as a whole: fields that contradict each other, and a message that shows nothing and
 * carries nothing. Takes a message in which each field is right by itself.
 */
import type { CampaignMessage } from '../message.ts'
import { objectOf, saysOn, showsOn } from '../message-shown.ts'
import { APNS_LIMIT_BYTES, apnsBytes } from '../message-size.ts'
import { bare } from './check-field.ts'
import { type MessageProblem, problem } from './message-problem.ts'

type Json = Record<string, unknown>

/** `given`: as it came, for the names in the problems. */
export function checkTogether(message: CampaignMessage, given: CampaignMessage): MessageProblem[] {
  const at = (...names: string[]) => pathAsGiven(given, names)
  const shows = showsOn(message)
  const isShown = shows.android || shows.ios || shows.web
  if (!isShown && !carriesSomething(message)) return [problem('/message', 'nothing_to_send')]
  const problems: MessageProblem[] = []
  const says = saysOn(message)
  if (shows.android && !says.android) problems.push(problem(at('android', 'notification'), 'no_text'))
  if (shows.web && !says.web) problems.push(problem(at('webpush', 'notification'), 'no_text'))
  const aps = objectOf(objectOf(message.apns?.payload).aps)
  if (aps.alert !== undefined && !says.ios)
    problems.push(problem(at('apns', 'payload', 'aps', 'alert'), 'no_text'))
  if (message.imageUrl !== undefined && !says.android && !says.ios && !says.web) {
    problems.push(problem('/message/imageUrl', 'image_without_text', message.imageUrl))
  }
  const { silent, vibrate } = objectOf(message.webpush?.notification)
  if (silent === true && vibrate !== undefined) {
    problems.push(problem(at('webpush', 'notification', 'vibrate'), 'silent_vibrates', vibrate, 'silent'))
  }
  problems.push(...checkPush(message, aps, shows.ios, at))
  if (message.apns?.payload !== undefined && apnsBytes(message) > APNS_LIMIT_BYTES) {
    problems.push(problem(at('apns', 'payload'), 'apns_too_large', apnsBytes(message), [APNS_LIMIT_BYTES]))
  }
  return problems
}

/** Source: "Sending notification requests to APNs", and the `data` field of FCM v1's Message. */
function checkPush(
  message: CampaignMessage,
  aps: Json,
  isShown: boolean,
  at: (...names: string[]) => string,
): MessageProblem[] {
  const headers = objectOf(message.apns?.headers)
  const type = headers['apns-push-type']
  const priority = headers['apns-priority']
  const priorityField = at('apns', 'headers', 'apns-priority')
  if (type === 'background') {
    const shown = ['alert', 'sound', 'badge']
      .filter((name) => aps[name] !== undefined)
      .map((name) => `aps.${name}`)
    const texts = (['title', 'body'] as const).filter((name) => message[name] !== undefined)
    const problems: MessageProblem[] = []
    if (isShown)
      problems.push(
        problem(at('apns', 'headers', 'apns-push-type'), 'background_shows', type, [...texts, ...shown]),
      )
    if (priority !== undefined && priority !== '5') {
      problems.push(problem(priorityField, 'background_priority', priority, '5'))
    }
    return problems
  }
  if (isShown) return []
  if (type === 'alert') return [problem(at('apns', 'headers', 'apns-push-type'), 'alert_shows_nothing', type)]
  return priority === undefined || priority === '5'
    ? []
    : [problem(priorityField, 'silent_priority', priority, '5')]
}

/** Data, or a reason to wake the app. */
function carriesSomething({ link, data, android, apns, webpush }: CampaignMessage): boolean {
  const { aps, ...own } = objectOf(apns?.payload)
  return (
    link !== undefined ||
    [data, android?.data, webpush?.data, own].some((each) => Object.keys(objectOf(each)).length > 0) ||
    objectOf(aps)['content-available'] === 1
  )
}

/** The pointer to a field in the message as it came, which may spell its names in another way. */
function pathAsGiven(given: CampaignMessage, names: readonly string[]): string {
  let inner: unknown = given
  let path = '/message'
  for (const name of names) {
    const key = Object.keys(objectOf(inner)).find((each) => bare(each) === bare(name)) ?? name
    path += `/${key}`
    inner = objectOf(inner)[key]
  }
  return path
}
