// How long the tests of reliability run: `npm run soak` asks for the long form.

/** `short` in every run of the tests, `long` in a soak. */
export function rounds(short: number, long: number): number {
  return process.env['MCPAUTH_SOAK'] === '1' ? long : short
}

/** A generator of numbers from 0 to 1 that a seed repeats (mulberry32), so that a failure can be seen again. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
