#!/usr/bin/env node
// Checks the Node version before anything is loaded, turns on the compile cache, and hands over to dist/cli/main.cjs.
// Plain CommonJS: it parses on old Nodes, where native modules crash without a message, and starts faster than a module.
'use strict'
const { existsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const root = join(__dirname, '..')
const main = join(root, 'dist', 'cli', 'main.cjs')

if (major > 22 || (major === 22 && minor >= 19)) {
  if (existsSync(main)) {
    enableCompileCache()
    require(main)
  } else {
    fail('mcpauth is not built yet. Run: npm run build')
  }
} else {
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = join(root, 'node_modules', 'node', 'bin', program)
  if (existsSync(pinned)) runUnder(pinned)
  else fail(`mcpauth needs Node.js 22.19 or newer; this is ${process.versions.node}.`)
}

/** Runs the same command line under another Node, as if it were this process; the channel tells it when this one dies. */
function runUnder(node) {
  const { spawn } = require('node:child_process')
  const child = spawn(node, [__filename, ...process.argv.slice(2)], {
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
