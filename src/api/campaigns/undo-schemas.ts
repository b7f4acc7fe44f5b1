/** Body of a cancel. */
import Type from 'typebox'
import { MOST_UNDO_SECONDS } from '../../domain/campaign.ts'

export const CancelBody = Type.Unsafe<{ undoSeconds?: number } | null>({
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    undoSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_UNDO_SECONDS,
      description: 'So long it can be taken back; left out: it is final at once',
    },
  },
})
