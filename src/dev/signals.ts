// What signals, and the end of whoever reads the output, do to a run: the command gets them first, and then the grace runs
// out.
import { McpAuthError } from '../core/errors.ts'
import type { Child } from './child.ts'

/** How long a command that was told to stop may still take, in ms. */
export const stopGrace = 5_000
/** A terminal's Ctrl-C may arrive twice, once forwarded by a parent; later ones mean it, in ms. */
const repeatWindow = 500

const exitCodes: Readonly<Record<string, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGPIPE: 141,
}

/** What a run ends with after a signal, unless its command says otherwise. */
export function exitCodeAfter(name: NodeJS.Signals): number {
  return exitCodes[name] ?? 130
}

/** What signals go to: a command, or all commands of a run. */
export type Signalled = Pick<Child, 'exited' | 'signal'>

export interface SignalWatch {
  /** Resolves with the exit code when a signal comes while there is no command. */
  readonly interrupted: Promise<number>
  /** Aborts when that happens; its reason is the McpAuthError INTERRUPTED. */
  readonly interruption: AbortSignal
  /** From now on signals go to the command. */
  watch(child: Signalled): void
  stop(): void
}

export function watchSignals(
  onSignal: (listener: (name: NodeJS.Signals) => void) => () => void,
): SignalWatch {
  const interrupted = Promise.withResolvers<number>()
  const interruption = new AbortController()
  let child: Signalled | undefined
  let first: number | undefined
  const stop = onSignal((name) => {
    // Both outputs may lose their reader, one after the other, and an interrupt often takes the reader along.
    if (name === 'SIGPIPE' && first !== undefined) return
    const now = performance.now()
    const repeated = first !== undefined && now - first > repeatWindow
    first ??= now
    if (child === undefined) {
      interruption.abort(new McpAuthError('INTERRUPTED', 'Interrupted.'))
      interrupted.resolve(exitCodeAfter(name))
    } else if (repeated) child.signal('SIGKILL')
    else end(child, name)
  })
  return {
    interrupted: interrupted.promise,
    interruption: interruption.signal,
    watch: (started) => {
      child = started
    },
    stop,
  }
}

function end(child: Signalled, name: NodeJS.Signals): void {
  // What the end of a reader means to the command is for it to find out; here it is asked to end.
  child.signal(name === 'SIGPIPE' ? 'SIGTERM' : name)
  const timer = setTimeout(() => child.signal('SIGKILL'), stopGrace)
  void child.exited.then(() => clearTimeout(timer))
}
