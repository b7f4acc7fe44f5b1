/** Headers and events of a campaign's event stream. The console imports its types from here. */
import type { Readable } from 'node:stream'
import Type from 'typebox'

/**
 * Data of the last event, `end`. The client should not reconnect: the campaign is closed, the campaign was deleted, or
 * the API key or session of the client is no longer valid.
 */
export interface StreamEnd {
  reason: 'closed' | 'deleted' | 'access_ended'
}

export const EventHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'The id of the last event received; browsers send it when they reconnect' }),
  ),
})

export const EventsReply = {
  description:
    'Events `campaign`: `data` is the campaign as lists have it and as GET returns it with ?whole=false, `id` is its ETag. Event `end`: `data` is {"reason": "closed" | "deleted" | "access_ended"}. A comment every 15 seconds. If the stream ends without `end`, reconnect.',
  content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
}
