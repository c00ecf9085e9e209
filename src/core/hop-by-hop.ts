// Header fields that are about one connection and end at this hop.

/** RFC 9110 §7.6.1 and the set that Dapr strips; lower case. */
export const hopByHopFields: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
