// Colour on terminals, and plain text everywhere else.
import type { World } from '../world.ts'

type Paint = (text: string) => string

export interface Style {
  readonly error: Paint
  readonly warning: Paint
  readonly good: Paint
  readonly bad: Paint
  readonly dim: Paint
}

export const plain: Style = {
  error: same,
  warning: same,
  good: same,
  bad: same,
  dim: same,
}

/** Whether `stream` gets colour: a terminal that is not dumb, unless `--no-color` or NO_COLOR (no-color.org). */
export function hasColor(
  stream: { readonly isTTY?: boolean },
  env: World['env'],
  wanted: boolean,
): boolean {
  const forbidden = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return wanted && stream.isTTY === true && !forbidden
}

/** Loads the colours only when they are wanted. */
export async function loadStyle(color: boolean): Promise<Style> {
  if (!color) return plain
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return {
    error: (text) => chalk.bold.red(text),
    warning: (text) => chalk.bold.yellow(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    dim: (text) => chalk.dim(text),
  }
}

/** Colours that tell the things of a list apart, by their number. */
export async function loadPalette(
  color: boolean,
): Promise<(index: number, text: string) => string> {
  if (!color) return (_, text) => text
  const { Chalk } = await import('chalk')
  const { cyan, magenta, green, yellow, blue, red } = new Chalk({ level: 1 })
  const paints = [cyan, magenta, green, yellow, blue, red]
  return (index, text) => paints[index % paints.length]?.(text) ?? text
}

function same(text: string): string {
  return text
}
