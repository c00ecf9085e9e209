// The real yaml-language-server as an editor drives it: a child process that speaks LSP over its standard streams.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

interface Position {
  readonly line: number
  readonly character: number
}

interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: Position }
}

interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Marks the place of the cursor in a document. */
export const cursor = '‸'

/** Settings of an editor that has no network. */
const settings: Readonly<Record<string, object>> = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } },
}

export class LanguageServer {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #folder: string
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #diagnostics = new Map<string, PromiseWithResolvers<readonly Diagnostic[]>>()
  #received = Buffer.alloc(0)
  #lastId = 0

  private constructor(folder: string) {
    const require = createRequire(import.meta.url)
    const main = require.resolve('yaml-language-server/bin/yaml-language-server')
    this.#folder = folder
    this.#child = spawn(process.execPath, [main, '--stdio'], { cwd: folder })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#child.on('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the server has ended'))
    })
  }

  /** A server for documents in `folder`; they need not exist. */
  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer(folder)
    await server.#request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: {
        workspace: { configuration: true },
        textDocument: {
          hover: { contentFormat: ['markdown', 'plaintext'] },
          completion: { completionItem: { documentationFormat: ['markdown', 'plaintext'] } },
        },
      },
    })
    server.#send({ method: 'initialized', params: {} })
    return server
  }

  /** What the editor underlines in the document: `line: message`, lines counted from 1. */
  async diagnose(text: string): Promise<string[]> {
    const { uri } = this.#open(text)
    const found = await this.#published(uri).promise
    return found.map(({ message, range }) => `${range.start.line + 1}: ${message}`)
  }

  /** What the editor shows for the word at the cursor; empty for nothing. */
  async hover(text: string): Promise<string> {
    const { uri, position } = this.#open(text)
    const params = { textDocument: { uri }, position }
    const shown = (await this.#request('textDocument/hover', params)) as {
      contents: { value: string }
    } | null
    return shown?.contents.value ?? ''
  }

  /** The words that the editor offers at the cursor. */
  async complete(text: string): Promise<string[]> {
    const { uri, position } = this.#open(text)
    const params = { textDocument: { uri }, position }
    const offered = (await this.#request('textDocument/completion', params)) as {
      items: { label: string }[]
    }
    return offered.items.map(({ label }) => label)
  }

  async stop(): Promise<void> {
    await this.#request('shutdown', null)
    const ended = new Promise((resolve) => {
      this.#child.once('exit', resolve)
    })
    this.#send({ method: 'exit', params: null })
    await ended
  }

  #open(text: string): { readonly uri: string; readonly position: Position } {
    this.#lastId += 1
    const uri = pathToFileURL(`${this.#folder}/manifest-${this.#lastId}.yaml`).href
    const [before = ''] = text.split(cursor)
    const lines = before.split('\n')
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
    const textDocument = {
      uri,
      languageId: 'yaml',
      version: 1,
      text: text.replace(cursor, ''),
    }
    this.#send({ method: 'textDocument/didOpen', params: { textDocument } })
    return { uri, position }
  }

  #published(uri: string): PromiseWithResolvers<readonly Diagnostic[]> {
    const known = this.#diagnostics.get(uri) ?? Promise.withResolvers<readonly Diagnostic[]>()
    this.#diagnostics.set(uri, known)
    return known
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    this.#lastId += 1
    const answer = Promise.withResolvers<unknown>()
    this.#pending.set(this.#lastId, answer)
    this.#send({ id: this.#lastId, method, params })
    return answer.promise
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = /Content-Length: (\d+)/i.exec(this.#received.toString('latin1', 0, end))?.[1]
      const start = end + 4
      const next = start + Number(length)
      if (this.#received.length < next) return
      this.#take(JSON.parse(this.#received.toString('utf8', start, next)) as Message)
      this.#received = this.#received.subarray(next)
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method === undefined) {
      const pending = this.#pending.get(Number(id))
      if (error === undefined) pending?.resolve(result)
      else pending?.reject(new Error(error.message))
    } else if (method === 'workspace/configuration') {
      const { items } = params as { items: { section?: string }[] }
      this.#send({ id, result: items.map(({ section = '' }) => settings[section] ?? {}) })
    } else if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: Diagnostic[] }
      this.#published(uri).resolve(diagnostics)
    } else if (id !== undefined) this.#send({ id, result: null })
  }
}
