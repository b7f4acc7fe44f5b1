import { LEFT_OUT_OUTSIDE, type SendWindow } from '../../domain/send-rules.ts'

type GivenWindow = Omit<SendWindow, 'outside'> & Partial<Pick<SendWindow, 'outside'>>

/** With what holds if it is not said what becomes of devices outside of the window. */
export function withWindow<B extends { sendWindow?: GivenWindow | null }>(
  body: B,
): Omit<B, 'sendWindow'> & { sendWindow?: SendWindow | null } {
  const { sendWindow, ...rest } = body
  if (sendWindow === undefined) return rest
  return { ...rest, sendWindow: sendWindow && { outside: LEFT_OUT_OUTSIDE, ...sendWindow } }
}
