/**
 * Passwords in files of their own, as containers get secrets. They may have any characters: in an address, `@` and `/` would have
 * to be percent-encoded, and an environment is shown by more commands than a file.
 */
import { readFileSync } from 'node:fs'
import { splitAddress } from './host-list.ts'

/** What is wrong; with no part of the password or the address. */
export function passwordProblems(
  name: 'DATABASE' | 'REDIS',
  url: string | null,
  file: string | null,
): string[] {
  if (file === null) return []
  const variable = `${name}_PASSWORD_FILE`
  if (url === null)
    return [`${variable} is set and ${name}_URL is not; set ${name}_URL, or unset ${variable}.`]
  const parts = splitAddress(url)
  if (parts === undefined)
    return [
      `${name}_URL has a form that no password can be put into; expected ${name.toLowerCase()}://user@host.`,
    ]
  if (parts.password !== undefined)
    return [`${name}_URL has a password, and ${variable} names another; remove one of them.`]
  if (read(file) === '')
    return [`${variable} is ${JSON.stringify(file)}, which is empty; expected a password.`]
  return []
}

/** The same address with the password that is in the file. Null: as it is. */
export function withPassword(url: string, file: string | null): string {
  if (file === null) return url
  return url.replace(
    /^([a-z+-]+:\/\/)(?:([^:@/?#]*)@)?/i,
    (_, scheme: string, user = '') => `${scheme}${user}:${encodeURIComponent(read(file))}@`,
  )
}

/** An editor, or echo, ends the line. */
function read(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}
