// A bounded wait for something shared: leaving it never disturbs the thing itself.

/** What a wait came to: the value, or why there is none. */
export type Waited<T> =
  | { readonly got: T }
  | { readonly got?: undefined; readonly why: 'timeout' | 'cancelled' }

/** Who may have to wait. Its signal is made on first use, so it is read only when there is something to wait for. */
export interface Waiter {
  readonly signal: AbortSignal
}

/** Waits for `shared` at most `milliseconds`, or until `signal` aborts. Rejects only if `shared` does. */
export async function waitFor<T extends object>(
  shared: Promise<T>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<Waited<T>> {
  if (signal.aborted) return { why: 'cancelled' }
  const gaveUp = Promise.withResolvers<Waited<T>>()
  const cancel = () => gaveUp.resolve({ why: 'cancelled' })
  const timer = setTimeout(() => gaveUp.resolve({ why: 'timeout' }), milliseconds)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await Promise.race([shared.then((got) => ({ got })), gaveUp.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}
