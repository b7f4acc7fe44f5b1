/**
 * "Hosts" on one machine: network namespaces, each with an interface of its own to the machine they are on. Linux, as root,
 * with iproute2. A process in one of them sees no other network than the way to this machine.
 */
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SetupError } from '../../testing/terminal/command.ts'

/** Of this machine, for all hosts: what is to be reached from them listens here. Not routed anywhere else. */
export const MACHINE = '10.77.0.1'

export interface Hosts {
  /** For each host, the program that runs Node on it: for ProcessSpec's `execPath`. */
  nodes: readonly string[]
}

/** `localhost` on a host is this machine. Everything is removed by the stack. Throws SetupError where it is not possible. */
export async function makeHosts(count: number, stack: AsyncDisposableStack): Promise<Hosts> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-hosts-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  run('ip', 'address', 'add', `${MACHINE}/32`, 'dev', 'lo')
  stack.defer(() => run('ip', 'address', 'del', `${MACHINE}/32`, 'dev', 'lo'))
  const nodes: string[] = []
  for (let host = 1; host <= count; host++) {
    const name = `carillon-${process.pid}-${host}`
    const [here, there] = [`cl${host}-${process.pid}`, 'eth0']
    const network = `10.77.${host}`
    run('ip', 'netns', 'add', name)
    stack.defer(() => run('ip', 'netns', 'del', name))
    run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name)
    run('ip', 'address', 'add', `${network}.1/30`, 'dev', here)
    run('ip', 'link', 'set', here, 'up')
    const inside = (...args: string[]) => run('ip', '-n', name, ...args)
    inside('address', 'add', `${network}.2/30`, 'dev', there)
    inside('link', 'set', there, 'up')
    inside('link', 'set', 'lo', 'up')
    inside('route', 'add', 'default', 'via', `${network}.1`)
    // `ip netns exec` puts it in the place of /etc/hosts. The fake FCM's certificate is for `localhost`.
    const etc = `/etc/netns/${name}`
    await mkdir(etc, { recursive: true })
    stack.defer(() => rm(etc, { recursive: true, force: true }))
    await writeFile(join(etc, 'hosts'), `${MACHINE} localhost\n`)
    const node = join(folder, `node-${host}`)
    await writeFile(node, `#!/bin/sh\nexec ip netns exec ${name} ${process.execPath} "$@"\n`)
    await chmod(node, 0o755)
    nodes.push(node)
  }
  return { nodes }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  throw new SetupError(
    `Hosts could not be made: "${[command, ...args].join(' ')}" says: ${error?.message ?? stderr.trim()}. It takes Linux, root and iproute2.`,
  )
}
