export const signInText = {
  title: 'Sign in',
  method: 'Sign-in method',
  byPassword: 'Username and password',
  byApiKey: 'API key',
  name: 'Username',
  password: 'Password',
  apiKey: 'API key',
  apiKeyHint: 'Not stored in this browser.',
  submit: 'Sign in',
  wrongPassword: 'Incorrect username or password.',
  disabled: 'This account is disabled. Ask an administrator.',
  wrongKey: 'This API key is not valid. It may be mistyped, expired or revoked.',
  tooMany: (seconds: number) =>
    `Too many attempts. Try again in ${seconds === 1 ? '1 second' : `${seconds} seconds`}.`,
  signInFirst: 'Sign in to continue. You will return to the page you requested.',
}
