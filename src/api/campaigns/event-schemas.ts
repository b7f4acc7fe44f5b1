/** What a campaign's event stream says, beside the campaign itself. The console takes its types from here. */
import type { Readable } from 'node:stream'
import Type from 'typebox'

/**
 * Data of the event `end`, after which nothing follows and nobody need come again: every device has its result; the
 * campaign was deleted; or the key or session may not look on any more.
 */
export interface StreamEnd {
  reason: 'closed' | 'deleted' | 'access_ended'
}

export const EventHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'The id of the last event one has seen; browsers send it by themselves' }),
  ),
})

export const EventsReply = {
  description:
    'Events `campaign`: `data` is the campaign as GET gives it, `id` its ETag. Event `end`: `data` is {"reason": "closed" | "deleted" | "access_ended"}. A comment every 15 seconds. Without `end`, come again.',
  content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
}
