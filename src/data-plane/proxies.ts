// The HTTP proxies that the environment names, and whom they are not for. Asked only where a user wants them.
import { BlockList, isIP } from 'node:net'

import { McpAuthError } from '../core/errors.ts'

export interface Proxies {
  /** The proxy for an origin; undefined when it is called directly, as loopback addresses always are. */
  forOrigin(origin: string): URL | undefined
}

/**
 * Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go does, whose transport daprd uses: in capitals, else in small letters.
 * Throws USAGE for a proxy that is none; the message holds no part of it, which may be a password.
 */
export function proxiesFrom(env: Readonly<Record<string, string | undefined>>): Proxies {
  const read = (name: string): string => env[name] || env[name.toLowerCase()] || ''
  const byScheme: Readonly<Record<string, URL | undefined>> = {
    'http:': proxyUrl('HTTP_PROXY', read('HTTP_PROXY')),
    'https:': proxyUrl('HTTPS_PROXY', read('HTTPS_PROXY')),
  }
  const exceptions = read('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map((entry) => exceptionOf(entry))
  return {
    forOrigin(origin) {
      const { protocol, hostname, port } = new URL(origin)
      const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
      if (isLoopback(host)) return undefined
      const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port
      return exceptions.some((isFor) => isFor(host, own)) ? undefined : byScheme[protocol]
    },
  }
}

function proxyUrl(name: string, text: string): URL | undefined {
  if (text === '') return undefined
  const full = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new McpAuthError(
    'USAGE',
    `The environment variable ${name} is not the URL of an HTTP proxy.`,
    {
      hint: 'Write it as http://HOST:PORT, or do without --use-env-proxy.',
    },
  )
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost')
  return loopback.check(host, familyOf(host))
}

type Exception = (host: string, port: string) => boolean

/** `*`, an address, a network, a domain with all below it, or with a dot before it only what is below; all with a port or not. */
function exceptionOf(entry: string): Exception {
  if (entry === '*') return () => true
  const [, network, bits] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (network !== undefined && isIP(network) !== 0) {
    const list = new BlockList()
    const most = isIP(network) === 4 ? 32 : 128
    list.addSubnet(network, Math.min(Number(bits), most), familyOf(network))
    return (host) => isIP(host) !== 0 && list.check(host, familyOf(host))
  }
  const [, bracketed, plain, only] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  const name = bracketed ?? plain ?? entry
  const suffix = name.replace(/^\*?\.?/, '.')
  const isExact = !/^[*.]/.test(name)
  return (host, port) =>
    (only === undefined || only === port) &&
    ((isExact && host === name) || (isIP(host) === 0 && host.endsWith(suffix)))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
