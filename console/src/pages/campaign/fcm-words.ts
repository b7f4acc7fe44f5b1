/**
 * FCM's own words in the sentence of the server that says why a campaign is paused (dispatch/complaint.ts,
 * push/fcm/outcome-table.ts). The rest of the sentence has a translation; these have none. Pure.
 */
export function fcmWordsIn(detail: string): string | null {
  const quoted = /FCM said: “([^”]+)”/.exec(detail)?.[1]
  if (quoted !== undefined) return quoted
  // Without quotes: up to the advice, which begins with a capital after a full stop.
  return /FCM answered \d{3} and said: (.+?)(?:[.:!?]\s+(?=\p{Lu})|$)/su.exec(detail)?.[1] ?? null
}
