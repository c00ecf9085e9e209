// The commands of a run with several apps: what the end of one means to the others, and signals to all of them.
import { setTimeout as delay } from 'node:timers/promises'

import type { AppRun } from './app-run.ts'
import type { Checklist } from './checklist.ts'
import type { Child } from './child.ts'
import type { DevConsole } from './console.ts'
import { endOf } from './process-group.ts'
import { exitCodeAfter, type Signalled } from './signals.ts'

/** What happens when a command fails: the run ends, it goes on without the app, or the command is started again. */
export type OnExit = 'stop' | 'keep' | 'restart'

/** How long a command that failed is waited with before it is started again, in ms; doubled each time, up to the second. */
const firstPause = 500
const longestPause = 30_000
/** A command that ran this long was no failed start, in ms. */
const settled = 10_000

/** What of an app is watched over. */
export interface Supervised extends Pick<AppRun, 'startCommand'> {
  readonly console: Pick<DevConsole, 'checklist'>
}

export class Supervisor implements Signalled {
  readonly ended = Promise.withResolvers<number>()
  readonly #onExit: OnExit
  readonly #checklist: Checklist
  readonly #running = new Map<Supervised, Child>()
  readonly #allGone = Promise.withResolvers<number>()
  readonly #stop = new AbortController()
  /** Apps that have no command, or wait for their next start: the run goes on for them. */
  #waiting = 0
  /** Commands that are just being started: the run does not end before it has them in hand. */
  #starting = 0
  #failure: number | undefined
  #signal: NodeJS.Signals | undefined

  constructor(onExit: OnExit, checklist: Checklist) {
    this.#onExit = onExit
    this.#checklist = checklist
  }

  /** Settles when no command is left after a signal. */
  get exited(): Promise<number> {
    return this.#allGone.promise
  }

  async start(apps: readonly Supervised[]): Promise<void> {
    const starts = apps.map(async (app) => this.#start(app, firstPause))
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  signal(name: NodeJS.Signals): void {
    this.#signal ??= name
    this.#stop.abort()
    for (const child of this.#running.values()) child.signal(name)
    this.#endIfGone()
  }

  /** A sidecar was told to shut down, and its command has ended. */
  shutDown(exitCode: number): void {
    this.#stop.abort()
    this.ended.resolve(exitCode)
  }

  /** No command is started any more. */
  close(): void {
    this.#stop.abort()
    this.#allGone.resolve(0)
  }

  async #start(app: Supervised, pause: number): Promise<void> {
    this.#starting += 1
    try {
      const child = await app.startCommand()
      if (child === undefined) this.#waiting += 1
      else this.#watch(app, child, pause)
    } finally {
      this.#starting -= 1
      if (this.#stop.signal.aborted) this.#endIfGone()
    }
  }

  #watch(app: Supervised, child: Child, pause: number): void {
    const since = performance.now()
    this.#running.set(app, child)
    // A signal came while it was started.
    if (this.#signal !== undefined) child.signal(this.#signal)
    void child.exited.then((code) => {
      this.#running.delete(app)
      this.#onEnd(app, code, performance.now() - since > settled ? firstPause : pause)
    })
  }

  #onEnd(app: Supervised, code: number, pause: number): void {
    if (this.#stop.signal.aborted) this.#endIfGone()
    else if (code === 0) {
      app.console.checklist.done('command', 'ended with exit code 0')
      this.#endIfGone()
    } else this.#onFailure(app, code, pause)
  }

  #onFailure(app: Supervised, code: number, pause: number): void {
    const next = {
      stop: 'the others are ended',
      keep: 'the others go on',
      restart: `it is started again in ${pause / 1000} s`,
    }[this.#onExit]
    app.console.checklist.failed('command', `${endOf(code)}; ${next}`)
    if (this.#onExit === 'restart') {
      void this.#again(app, pause)
      return
    }
    this.#failure ??= code
    if (this.#onExit === 'stop') {
      this.#stop.abort()
      this.ended.resolve(code)
    } else this.#endIfGone()
  }

  async #again(app: Supervised, pause: number): Promise<void> {
    this.#waiting += 1
    try {
      await delay(pause, undefined, { signal: this.#stop.signal })
      await this.#start(app, Math.min(pause * 2, longestPause))
    } catch (error) {
      if (!this.#stop.signal.aborted) this.ended.reject(error)
    } finally {
      this.#waiting -= 1
    }
  }

  #endIfGone(): void {
    if (this.#running.size + this.#starting > 0) return
    if (this.#signal !== undefined) {
      this.#allGone.resolve(0)
      this.ended.resolve(exitCodeAfter(this.#signal))
    } else if (this.#waiting === 0) {
      if (!this.#stop.signal.aborted) this.#checklist.done('run', 'all commands have ended')
      this.ended.resolve(this.#failure ?? 0)
    }
  }
}
