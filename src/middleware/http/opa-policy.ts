// A policy of Open Policy Agent, compiled to WebAssembly: loading it, and asking it.
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'

import type { loadPolicySync } from '@open-policy-agent/opa-wasm'

import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

type Runtime = { readonly loadPolicySync: typeof loadPolicySync }

/** The types of Node leave it out. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object }

export interface Policy {
  /** What the entry point says; undefined when it says nothing. Throws when it fails. */
  evaluate(input: JsonObject): Json | undefined
}

/** Dapr asks `data.http.allow`. */
export const entryPoint = 'http/allow'

/** 64 KiB each: what a policy may use for one request, its input included. */
const maxPages = 1024
const maxBytes = 64 * 1024 * 1024

/** From a `policy.wasm`, or a bundle that has one. Throws when it is neither, or lacks the entry point. */
export function loadPolicy(file: Buffer): Policy {
  const module = new WebAssembly.Module(new Uint8Array(isGzip(file) ? wasmOf(file) : file))
  // Loaded on first use: most projects have no policy.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require has no types
  const runtime = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as Runtime
  const start = () => runtime.loadPolicySync(module, { initial: 5, maximum: maxPages })
  let loaded = start()
  const entries: unknown = loaded.entrypoints
  if (typeof entries !== 'object' || entries === null || !Object.hasOwn(entries, entryPoint)) {
    throw new Error(`no entry point ${entryPoint}`)
  }
  return {
    evaluate(input) {
      try {
        const results: unknown = loaded.evaluate(input, entryPoint)
        if (!Array.isArray(results) || results.length !== 1) return undefined
        const [first] = results as readonly Json[]
        return isJsonObject(first) ? first['result'] : undefined
      } catch (error) {
        // What stopped half way leaves its memory as it was then.
        loaded = start()
        throw error
      }
    },
  }
}

function isGzip(file: Buffer): boolean {
  return file[0] === 0x1f && file[1] === 0x8b
}

/** The policy in the tar archive that `opa build` writes. */
function wasmOf(bundle: Buffer): Buffer {
  const archive = gunzipSync(bundle, { maxOutputLength: maxBytes })
  for (let at = 0; at + 512 <= archive.length;) {
    const name = archive.toString('latin1', at, at + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8)
    if (name === '' || !(size >= 0)) break
    const start = at + 512
    if (name.replace(/^\//, '') === 'policy.wasm') return archive.subarray(start, start + size)
    at = start + Math.ceil(size / 512) * 512
  }
  throw new Error('no policy.wasm in the bundle')
}
