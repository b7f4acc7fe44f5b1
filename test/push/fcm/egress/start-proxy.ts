/** Debian's HTTP proxies, with a password, as they stand in a DMZ. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Program, type ProgramPlace, startProgram, whyMissing } from '../../../support/program.ts'

export type ProxyName = 'squid' | 'tinyproxy'

export const USER = 'user'
/** tinyproxy's configuration knows no other characters. */
export const PASSWORDS: Record<ProxyName, string> = { squid: 'p@ss:word', tinyproxy: 'pass-word_1.a' }

interface ProxyOptions {
  /** The only ports that it connects to. */
  allowed: readonly number[]
  /** Default: any free one. */
  port?: number
}

const PACKAGES: Record<ProxyName, string> = { squid: 'squid', tinyproxy: 'tinyproxy-bin' }

/** The reason to skip a test, or undefined if the program is installed. */
export function whyNoProxy(name: ProxyName): string | undefined {
  return whyMissing(name, PACKAGES[name])
}

export function startProxy(name: ProxyName, { allowed, ...options }: ProxyOptions): Promise<Program> {
  const configure = name === 'squid' ? configureSquid : configureTinyproxy
  return startProgram(name, { ...options, configure: (place) => configure(place, allowed) })
}

function configureSquid({ folder, port }: ProgramPlace, allowed: readonly number[]): string[] {
  const helper = join(folder, 'passwords.sh')
  // One line per question: user and password.
  const known = `${USER} ${PASSWORDS.squid}`
  writeFileSync(helper, `while read line; do [ "$line" = '${known}' ] && echo OK || echo ERR; done\n`)
  const file = join(folder, 'squid.conf')
  writeFileSync(
    file,
    `http_port 127.0.0.1:${port}
pid_filename none
cache deny all
cache_log ${folder}/cache.log
access_log none
coredump_dir ${folder}
shutdown_lifetime 0 seconds
auth_param basic program /bin/sh ${helper}
acl known proxy_auth REQUIRED
acl allowed port ${allowed.join(' ')}
http_access deny !allowed
http_access allow known
http_access deny all
`,
  )
  return ['-N', '-f', file]
}

function configureTinyproxy({ folder, port }: ProgramPlace, allowed: readonly number[]): string[] {
  const file = join(folder, 'tinyproxy.conf')
  writeFileSync(
    file,
    `Port ${port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
BasicAuth ${USER} ${PASSWORDS.tinyproxy}
${allowed.map((each) => `ConnectPort ${each}`).join('\n')}
`,
  )
  return ['-d', '-c', file]
}
