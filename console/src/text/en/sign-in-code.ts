/** The code of the second factor, at the sign-in. */
export const signInCodeText = {
  label: 'Code',
  hint: 'Of your authenticator app, or one of your recovery codes.',
  wrong: 'The code is wrong, or was used before. Wait for the next one.',
}
