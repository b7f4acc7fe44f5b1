export const signInText = {
  title: 'Sign in',
  way: 'How to sign in',
  byPassword: 'Name and password',
  byApiKey: 'API key',
  name: 'Name',
  password: 'Password',
  apiKey: 'API key',
  apiKeyHint: 'It is not stored in this browser.',
  submit: 'Sign in',
  wrong: 'The name or the password is wrong. Check both and try again.',
  wrongKey: 'This API key is not valid: it is mistyped, or it has been revoked.',
  tooMany: (seconds: number) =>
    `Too many attempts. Wait ${seconds === 1 ? '1 second' : `${seconds} seconds`}, then try again.`,
  ended: 'You are not signed in. Sign in, and you get to the page you asked for.',
  required: 'Fill this in.',
}
