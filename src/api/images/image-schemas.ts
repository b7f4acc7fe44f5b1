/** Reply of the image upload. The console imports its types from here. */
import Type, { type Static } from 'typebox'

export const ImageReply = Type.Object({
  url: Type.String({ description: 'For "imageUrl" and the platform parts of a message' }),
  width: Type.Integer(),
  height: Type.Integer(),
  bytes: Type.Integer(),
})
export type ImageReply = Static<typeof ImageReply>
