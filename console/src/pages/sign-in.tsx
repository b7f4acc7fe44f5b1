/** Sign-in with username and password, or an API key. Afterwards the requested page opens. */
import {
  Alert,
  Box,
  Button,
  Group,
  Paper,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { keys } from '../api/query-keys.ts'
import { type Credentials, signIn } from '../api/session.ts'
import { Appearance } from '../components/header-menus.tsx'
import { Page } from '../components/page.tsx'
import { ProblemAlert } from '../components/problem-alert.tsx'
import icon from '../icon.svg'
import { useText } from '../text/language.tsx'
import classes from './sign-in.module.css'

type Way = 'password' | 'apiKey'

// With texts of their own, which most sign-ins do not need.
const CodeField = lazy(async () => ({ default: (await import('./sign-in-code.tsx')).CodeField }))
const WrongCode = lazy(async () => ({ default: (await import('./sign-in-code.tsx')).WrongCode }))

export function SignIn() {
  const text = useText()
  const { to } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const client = useQueryClient()
  const [way, setWay] = useState<Way>('password')
  const [given, setGiven] = useState({ name: '', password: '', code: '', apiKey: '' })
  // Asked for once the server has said that this user has one.
  const [needsCode, setNeedsCode] = useState(false)

  const enter = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'second_factor_required') setNeedsCode(true)
    },
    onSuccess: (session) => {
      client.setQueryData(keys.session, session)
      // Only paths of this site: a crafted link must not lead to another one.
      router.history.push(to?.startsWith('/') && !to.startsWith('//') ? to : '/')
    },
  })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { name, password, code, apiKey } = given
    enter.mutate(
      way === 'password'
        ? { name: name.trim(), password, ...(needsCode && { code: code.trim() }) }
        : { apiKey: apiKey.trim() },
    )
  }
  const field = (name: keyof typeof given) => ({
    value: given[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      setGiven({ ...given, [name]: event.currentTarget.value })
      // Another user may have none.
      if (name === 'name') setNeedsCode(false)
      if (enter.isError) enter.reset()
    },
    required: true,
    withAsterisk: false,
  })

  return (
    <Box component="main" className={classes.main}>
      <Group justify="center" gap="sm" mb="lg">
        <img src={icon} alt="" width={36} height={36} />
        <Text fw={650} fz={26}>
          Carillon
        </Text>
      </Group>
      <Paper className={classes.card}>
        <Page title={text.signIn.title} actions={<Appearance />}>
          <form onSubmit={submit}>
            <Stack gap="md">
              {to !== undefined && !enter.isError && (
                <Alert variant="light" color="slate" role="status">
                  {text.signIn.signInFirst}
                </Alert>
              )}
              {enter.isError && <SignInError error={enter.error} way={way} />}
              <SegmentedControl
                fullWidth
                aria-label={text.signIn.method}
                value={way}
                onChange={(next) => {
                  setWay(next as Way)
                  enter.reset()
                }}
                data={[
                  { value: 'password', label: text.signIn.byPassword },
                  { value: 'apiKey', label: text.signIn.byApiKey },
                ]}
              />
              {way === 'password' ? (
                <>
                  <TextInput
                    label={text.signIn.name}
                    autoComplete="username"
                    autoCapitalize="none"
                    {...field('name')}
                  />
                  <PasswordInput
                    label={text.signIn.password}
                    autoComplete="current-password"
                    {...field('password')}
                  />
                  {needsCode && (
                    <Suspense>
                      <CodeField {...field('code')} />
                    </Suspense>
                  )}
                </>
              ) : (
                <PasswordInput
                  label={text.signIn.apiKey}
                  description={text.signIn.apiKeyHint}
                  autoComplete="off"
                  {...field('apiKey')}
                />
              )}
              <Button type="submit" fullWidth loading={enter.isPending}>
                {text.signIn.submit}
              </Button>
            </Stack>
          </form>
        </Page>
      </Paper>
    </Box>
  )
}

function SignInError({ error, way }: { error: unknown; way: Way }) {
  const { signIn: text } = useText()
  const code = error instanceof ApiProblem ? error.code : ''
  // The field that has appeared says it.
  if (code === 'second_factor_required') return null
  if (error instanceof ApiProblem && error.fields.some(({ field }) => field === '/code')) {
    return (
      <Suspense>
        <WrongCode />
      </Suspense>
    )
  }
  if (code === 'user_disabled') {
    return (
      <Alert color="red" variant="outline" role="alert">
        {text.disabled}
      </Alert>
    )
  }
  if (code === 'wrong_credentials' || code === 'invalid_api_key') {
    return (
      <Alert color="red" variant="outline" role="alert">
        {way === 'password' ? text.wrongPassword : text.wrongKey}
      </Alert>
    )
  }
  if (error instanceof ApiProblem && code === 'too_many_sign_ins' && error.retryAfterSeconds !== null) {
    return (
      <Alert color="red" variant="outline" role="alert">
        {text.tooMany(error.retryAfterSeconds)}
      </Alert>
    )
  }
  return <ProblemAlert error={error} />
}
