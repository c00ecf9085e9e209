// Child processes of a benchmark: started, awaited until they serve, and ended whatever happens.
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'

const running = new Set<ChildProcess>()

// The last resort: a benchmark that is interrupted or fails leaves no server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface NodeProcess<Ready> {
  readonly pid: number
  /** What the process reported once it served. */
  readonly ready: Ready
  /** Sends a message and resolves with the next one that comes back. */
  ask(message: object): Promise<unknown>
}

/** Starts a script beside this one that reports over its channel when it is ready; it ends when this process does. */
export async function startNode<Ready>(
  script: string,
  options: object,
  flags: readonly string[] = [],
): Promise<NodeProcess<Ready>> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = track(fork(path, [JSON.stringify(options)], { execArgv: [...flags] }))
  const ready = (await nextMessage(child, script)) as Ready
  return {
    pid: pidOf(child),
    ready,
    ask: (message) => {
      child.send(message)
      return nextMessage(child, script)
    },
  }
}

/** Starts a server of another make and waits until it accepts connections. Throws with its own words when it ends. */
export async function startServer(
  program: string,
  args: readonly string[],
  port: number,
): Promise<{ pid: number }> {
  const child = track(spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] }))
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text))
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) break
    if (await accepts(port)) return { pid: pidOf(child) }
    await wait(20)
  }
  throw new Error(`${program} did not start: ${words.trim()}`)
}

/** Runs a program to its end and returns what it printed. Throws with its own words when it fails. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const child = track(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  let printed = ''
  let words = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${program} failed: ${words.trim()}`)
  return printed
}

/** Ends everything that was started. */
export async function stopAll(): Promise<void> {
  const children = [...running]
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }),
  )
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function track(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

function nextMessage(child: ChildProcess, script: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error(`${script} ended early`))
    child.once('exit', fail)
    child.once('message', (message) => {
      child.off('exit', fail)
      resolve(message)
    })
  })
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`)
  return child.pid
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
