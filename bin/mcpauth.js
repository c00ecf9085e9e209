#!/usr/bin/env node
// Checks the Node version before anything is imported, turns on the compile cache, and hands over to dist/cli/main.js.
// Plain JS that also parses on old Nodes: native modules crash there without a message.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const main = new URL('../dist/cli/main.js', import.meta.url)

if (major > 22 || (major === 22 && minor >= 19)) {
  if (existsSync(main)) {
    module.enableCompileCache?.()
    await import(main.href)
  } else {
    fail('mcpauth is not built yet. Run: npm run build')
  }
} else {
  const pinned = fileURLToPath(
    new URL(
      `../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`,
      import.meta.url,
    ),
  )
  if (existsSync(pinned)) runUnder(pinned)
  else fail(`mcpauth needs Node.js 22.19 or newer; this is ${process.versions.node}.`)
}

/** Runs the same command line under another Node, as if it were this process; the channel tells it when this one dies. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => fail(`mcpauth could not start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}
