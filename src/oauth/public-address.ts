// Which addresses a URL from the network may lead to: public ones, so that no document aims us at this machine or what is behind it.
import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isLoopback } from '../core/trusted-url.ts'

/** Private, shared, link-local, reserved and documentation ranges (RFC 6890); all else of IPv4 is public. */
const insideV4 = listOf('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
])

/** Of IPv6 only this is public: mapped, translated (64:ff9b::), local and multicast addresses lie outside of it. */
const globalV6 = listOf('ipv6', [['2000::', 3]])
/** Teredo, documentation, and 6to4, which holds any IPv4 address. */
const exceptV6 = listOf('ipv6', [
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
])

/** Takes an address without brackets; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !insideV4.check(address, 'ipv4')
  if (family !== 6) return false
  return globalV6.check(address, 'ipv6') && !exceptV6.check(address, 'ipv6')
}

export const addressRefused = 'ERR_ADDRESS_NOT_PUBLIC'

/**
 * A lookup for sockets, which connect to what it gives and to nothing that the name means a moment later. `withLoopback`
 * lets this machine through as well. Fails with `addressRefused` when nothing else is left.
 */
export function publicLookup(withLoopback: boolean): LookupFunction {
  return (hostname: string, options: LookupOptions, done) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return done(error, '')
      const usable = found.filter(({ address }) => isUsable(address, withLoopback))
      const [first] = usable
      if (first === undefined) {
        const refused = new Error(`${hostname} has no public address`)
        return done(Object.assign(refused, { code: addressRefused }), '')
      }
      if (options.all === true) done(null, usable)
      else done(null, first.address, first.family)
    })
  }
}

/** Takes an address without brackets. */
export function isUsable(address: string, withLoopback: boolean): boolean {
  if (isPublicAddress(address)) return true
  return withLoopback && isLoopback(address.includes(':') ? `[${address}]` : address)
}

function listOf(
  family: 'ipv4' | 'ipv6',
  subnets: readonly (readonly [net: string, prefix: number])[],
): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family)
  return list
}
