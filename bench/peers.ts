// nginx and HAProxy in front of the same upstream, one worker each, configured in a temporary folder on loopback ports.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findProgram } from './host.ts'
import { audience, rsaPublicKeyPem } from './issuer.ts'
import { freePort, startServer } from './processes.ts'

export interface PeerSetting {
  readonly folder: string
  readonly upstreamPort: number
  /** Issuer identifier, and the token that nginx sets as a sidecar would. */
  readonly issuer: string
  readonly token: string
}

export interface Peer {
  readonly pid: number
  readonly plain: string
  /** Where the token of the setting is set on every request. */
  readonly withToken?: string
  /** Where the caller's token is verified on every request. */
  readonly verified?: string
}

/** Undefined when nginx is not installed. */
export async function startNginx(setting: PeerSetting): Promise<Peer | undefined> {
  const program = findProgram('nginx')
  if (program === undefined) return undefined
  const port = await freePort()
  const { folder } = setting
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfiguration(setting, port), { mode: 0o600 })
  const args = ['-p', folder, '-c', file, '-e', join(folder, 'nginx-error.log')]
  const { pid } = await startServer(program, args, port)
  const origin = `http://127.0.0.1:${port}`
  return { pid, plain: `${origin}/mcp`, withToken: `${origin}/with-token/mcp` }
}

/** Undefined when HAProxy is not installed. Without `verified` when its build has no jwt_verify. */
export async function startHaproxy(setting: PeerSetting): Promise<Peer | undefined> {
  const program = findProgram('haproxy')
  if (program === undefined) return undefined
  const [port, jwtPort] = [await freePort(), await freePort()]
  const file = join(setting.folder, 'haproxy.cfg')
  const key = join(setting.folder, 'issuer.pem')
  writeFileSync(key, rsaPublicKeyPem())
  const plain = haproxyConfiguration(setting.upstreamPort, port)
  writeFileSync(file, `${plain}${haproxyVerification(setting.issuer, jwtPort, key)}`)
  const verifies = spawnSync(program, ['-c', '-f', file]).status === 0
  if (!verifies) writeFileSync(file, plain)
  const { pid } = await startServer(program, ['-db', '-f', file], port)
  return {
    pid,
    plain: `http://127.0.0.1:${port}/mcp`,
    ...(verifies ? { verified: `http://127.0.0.1:${jwtPort}/mcp` } : {}),
  }
}

function nginxConfiguration({ folder, upstreamPort, token }: PeerSetting, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ')
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
  proxy_http_version 1.1;
  proxy_buffering off;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
      proxy_set_header Connection "";
      proxy_pass http://app;
    }
    location /with-token/ {
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${token}";
      proxy_pass http://app/;
    }
  }
}
`
}

/** Without http-no-delay every event of a stream waits for a delayed ACK. */
function haproxyConfiguration(upstreamPort: number, port: number): string {
  return `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend plain
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server app 127.0.0.1:${upstreamPort}
`
}

/** The same judgement as bearer makes: algorithm, issuer, audience, expiry and signature. */
function haproxyVerification(issuer: string, port: number, key: string): string {
  const refuse = 'http-request deny deny_status 401'
  return `frontend verified
  bind 127.0.0.1:${port}
  http-request set-var(txn.token) http_auth_bearer
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  http-request set-var(txn.left) date(),neg,add(txn.exp)
  ${refuse} unless { var(txn.alg) -m str RS256 }
  ${refuse} unless { var(txn.token),jwt_payload_query('$.iss') -m str ${issuer} }
  ${refuse} unless { var(txn.token),jwt_payload_query('$.aud') -m str ${audience} }
  ${refuse} unless { var(txn.left) -m int gt 0 }
  ${refuse} unless { var(txn.token),jwt_verify(txn.alg,"${key}") 1 }
  default_backend app
`
}
