/**
 * Debian's HTTP/2 servers as front ends of the fake FCM: our client speaks to code that we did not write. Each is started
 * from a configuration in a folder of its own, on a free loopback port, and speaks HTTP/2 to the fake behind it.
 *
 * nghttpd cannot pass requests on. It answers each with the same file, which is what its padding, trailers, windows and
 * header tables are tested with.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { type ProgramPlace, startProgram, whyMissing } from '../../../support/program.ts'

export type FrontEndName = 'nginx' | 'haproxy' | 'nghttpx' | 'apache2' | 'nghttpd'

export interface FrontEndOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS. Default 100. */
  maxStreams?: number
  /** After so many requests the front end ends a connection with GOAWAY (nginx only). Default: practically never. */
  requestsPerConnection?: number
  /** Headers of 4,000 bytes that each response has beside its own (nginx only). */
  longHeaders?: number
  /** Further arguments for nghttpx and nghttpd. */
  args?: readonly string[]
}

export interface FrontEnd {
  readonly origin: string
  /** PEM that a client has to trust. */
  readonly ca: string
  /** Loads the configuration anew, as an operator would: connections get GOAWAY, and their requests are finished. */
  reload(): void
  close(): Promise<void>
}

interface Place extends ProgramPlace {
  /** host:port of the fake. */
  upstream: string
}

interface Program {
  package: string
  /** Writes what the program reads, and returns its arguments. */
  configure: (place: Place, options: FrontEndOptions) => string[]
  reload: NodeJS.Signals
}

const PROGRAMS: Record<FrontEndName, Program> = {
  nginx: { package: 'nginx-light', configure: configureNginx, reload: 'SIGHUP' },
  haproxy: { package: 'haproxy', configure: configureHaproxy, reload: 'SIGUSR2' },
  nghttpx: { package: 'nghttp2-proxy', configure: configureNghttpx, reload: 'SIGHUP' },
  apache2: { package: 'apache2-bin', configure: configureApache, reload: 'SIGUSR1' },
  nghttpd: { package: 'nghttp2-server', configure: configureNghttpd, reload: 'SIGTERM' },
}

/** The reason to skip a test, or undefined if the program is installed. */
export function whyNot(name: FrontEndName): string | undefined {
  return whyMissing(name, PROGRAMS[name].package)
}

/** `upstream`: the origin of a fake FCM. The path of nghttpd's file is that of the project `demo-carillon`. */
export async function startFrontEnd(
  name: FrontEndName,
  upstream: string,
  options: FrontEndOptions = {},
): Promise<FrontEnd> {
  const { configure, reload } = PROGRAMS[name]
  const certificate = makeCertificate()
  const { child, port, close } = await startProgram(name, {
    configure: (place) => {
      writeFileSync(join(place.folder, 'cert.pem'), certificate.cert)
      writeFileSync(join(place.folder, 'key.pem'), certificate.key)
      writeFileSync(join(place.folder, 'both.pem'), certificate.cert + certificate.key)
      return configure({ ...place, upstream: new URL(upstream).host }, options)
    },
  })
  return {
    origin: `https://127.0.0.1:${port}`,
    ca: certificate.cert,
    reload: () => void child.kill(reload),
    close,
  }
}

function configureNginx({ folder, port, upstream }: Place, options: FrontEndOptions): string[] {
  const { maxStreams = 100, requestsPerConnection = 1_000_000_000, longHeaders = 0 } = options
  // nginx reads at most about 4,000 bytes as one word.
  const headers = Array.from(
    { length: longHeaders },
    (_, i) => `add_header x-${i} ${'x'.repeat(4_000)} always;`,
  )
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    file,
    `daemon off; pid ${folder}/pid; error_log stderr warn; worker_processes 1; user ${userName()};
events { worker_connections 16384; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  upstream fake { server ${upstream}; keepalive 2048; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate cert.pem; ssl_certificate_key key.pem;
    http2_max_concurrent_streams ${maxStreams};
    keepalive_requests ${requestsPerConnection};
    ${headers.join('\n')}
    location / { grpc_pass grpcs://fake; }
  }
}
`,
  )
  return ['-p', folder, '-c', file]
}

function configureHaproxy(
  { folder, port, upstream }: Place,
  { maxStreams = 100 }: FrontEndOptions,
): string[] {
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  maxconn 8000
  nbthread 1
  tune.h2.max-concurrent-streams ${maxStreams}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend fcm
  bind 127.0.0.1:${port} ssl crt ${folder}/both.pem alpn h2
  default_backend fake
backend fake
  http-reuse always
  server fake ${upstream} ssl verify none alpn h2
`,
  )
  return ['-W', '-db', '-f', file]
}

function configureNghttpx(place: Place, { maxStreams = 100, args = [] }: FrontEndOptions): string[] {
  const { folder, port, upstream } = place
  return [
    `--frontend=127.0.0.1,${port}`,
    `--backend=${upstream.replace(':', ',')};;proto=h2;tls`,
    '--insecure',
    '--no-ocsp',
    '--workers=1',
    `--frontend-http2-max-concurrent-streams=${maxStreams}`,
    `--pid-file=${folder}/pid`,
    '--conf=/dev/null',
    '--accesslog-file=/dev/null',
    '--errorlog-file=/dev/stderr',
    `--user=${userName()}`,
    ...args,
    join(folder, 'key.pem'),
    join(folder, 'cert.pem'),
  ]
}

function configureApache({ folder, port, upstream }: Place, { maxStreams = 100 }: FrontEndOptions): string[] {
  const file = join(folder, 'apache.conf')
  const modules = ['mpm_event', 'authz_core', 'ssl', 'http2', 'proxy', 'proxy_http2']
  writeFileSync(
    file,
    `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerName localhost
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
LogLevel warn
${isRoot() ? 'User nobody\nGroup nogroup\n' : ''}Listen 127.0.0.1:${port}
StartServers 1
ServerLimit 4
ThreadLimit 512
ThreadsPerChild 512
MaxRequestWorkers 2048
Protocols h2
H2MaxSessionStreams ${maxStreams}
H2MaxWorkers 512
SSLEngine on
SSLCertificateFile ${folder}/cert.pem
SSLCertificateKeyFile ${folder}/key.pem
SSLSessionCache none
SSLProxyEngine on
SSLProxyVerify none
SSLProxyCheckPeerName off
ProxyPass / h2://${upstream}/
`,
  )
  return ['-D', 'FOREGROUND', '-f', file]
}

function configureNghttpd({ folder, port }: Place, options: FrontEndOptions): string[] {
  const { maxStreams = 100, args = [] } = options
  const file = join(folder, 'www/v1/projects/demo-carillon/messages:send')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, NGHTTPD_ANSWER)
  return [
    '--address=127.0.0.1',
    `--htdocs=${folder}/www`,
    `--max-concurrent-streams=${maxStreams}`,
    ...args,
    String(port),
    join(folder, 'key.pem'),
    join(folder, 'cert.pem'),
  ]
}

const NGHTTPD_ANSWER = '{"name":"projects/demo-carillon/messages/1"}'

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The servers would otherwise change to a user who cannot enter the folder. */
function userName(): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(process.getuid?.()))
  return line?.split(':')[0] ?? 'root'
}
