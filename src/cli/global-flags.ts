// The flags that every command has. They count even when the rest of the command line is wrong, so they are read first.

export interface GlobalFlags {
  readonly debug: boolean
  readonly color: boolean
  /** Errors are JSON where results are. */
  readonly json: boolean
}

export const globalFlags = [
  ['--debug', 'Show the stack of an unexpected error'],
  ['--no-color', 'No colour; the same as NO_COLOR=1'],
] as const

export function readGlobalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  return {
    debug: own.includes('--debug'),
    color: !own.includes('--no-color'),
    json: own.some((word, index) => isJsonOutput(word, own[index + 1])),
  }
}

function isJsonOutput(word: string, next: string | undefined): boolean {
  if (word === '-o' || word === '--output') return next === 'json'
  return word === '-ojson' || word === '--output=json'
}
