/**
 * Asks for the password again when the server wants it before a dangerous deed, and then goes on with the deed. The client of the
 * API asks; the shell answers with a dialog. Two deeds at once ask once.
 */
type Ask = () => Promise<boolean>

let ask: Ask | null = null
let asking: Promise<boolean> | null = null

/** Call with null when the dialog is gone. */
export function answerWith(dialog: Ask | null): void {
  ask = dialog
}

/** True: the password has been given, and the request can be repeated. */
export function askAgain(): Promise<boolean> {
  if (ask === null) return Promise.resolve(false)
  asking ??= ask().finally(() => {
    asking = null
  })
  return asking
}
