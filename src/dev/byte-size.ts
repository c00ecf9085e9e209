// Sizes as Dapr's flags and run files write them.

const units: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }

/** A Kubernetes quantity of bytes, as Dapr's --max-body-size; undefined when it is none. */
export function bytesOf(size: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})(Ki|Mi|Gi)?$/.exec(size) ?? []
  const bytes = Number(digits) * (units[unit ?? ''] ?? Number.NaN)
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

/** Longest headers that a sidecar can be told to take: what all connections together may hold must stay bounded. */
const headerBounds = { min: 1024, max: 1024 * 1024 }

/** The same for --read-buffer-size, in bytes; undefined also for what is too little or too much. */
export function headerBytesOf(size: string): number | undefined {
  const bytes = bytesOf(size)
  return bytes === undefined || bytes < headerBounds.min || bytes > headerBounds.max
    ? undefined
    : bytes
}
