/** The change of the own password. */
export const passwordText = {
  title: 'Change password',
  current: 'Current password',
  next: 'New password',
  nextHint: (min: number) => `At least ${min} characters. A short sentence is easy to remember.`,
  tooShort: (min: number) => `Enter at least ${min} characters.`,
  wrong: 'This is not your current password.',
  tooMany: (seconds: number) =>
    `Too many wrong passwords. Try again in ${seconds === 1 ? '1 second' : `${seconds} seconds`}.`,
  others: 'You are signed out everywhere else.',
  save: 'Change password',
  done: 'Password changed. You are signed out everywhere else.',
}
