// Encryption at rest: the key beside the database, sealed values, and digests that cannot be tried out offline.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { Secret } from '../core/secret.ts'
import type { Database } from './database.ts'
import { createPrivateFile, readPrivateFile } from './private-file.ts'
import { storeUnusable } from './store-errors.ts'

const keySize = 32
const nonceSize = 12
const tagSize = 16

/** The place of a sealed value: table first, then its row. A value moved to another row does not open. */
export type SealIdentity = readonly [
  table: 'sealed' | 'secrets' | 'svid_keys' | 'grants' | 'oauth_clients',
  ...row: string[],
]

interface Keys {
  readonly seal: Buffer
  readonly digest: Buffer
  readonly id: string
}

/** Every method throws STORE_UNUSABLE when the key is missing, foreign, or open to other users. */
export class Vault {
  readonly #file: string
  readonly #database: Database
  readonly #random: (size: number) => Buffer
  #loaded: Keys | undefined

  constructor(home: string, database: Database, random: (size: number) => Buffer) {
    this.#file = join(home, 'key')
    this.#database = database
    this.#random = random
  }

  /** AES-256-GCM with a random nonce, bound to `identity`: nonce, tag, ciphertext. Only inside a write. */
  seal(identity: SealIdentity, plain: string): Buffer {
    const nonce = this.#random(nonceSize)
    const cipher = createCipheriv('aes-256-gcm', this.#keys().seal, nonce)
    cipher.setAAD(Buffer.from(JSON.stringify(identity)))
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body])
  }

  unseal(identity: SealIdentity, box: Buffer): Secret {
    const keys = this.#keys()
    try {
      const decipher = createDecipheriv('aes-256-gcm', keys.seal, box.subarray(0, nonceSize), {
        authTagLength: tagSize,
      })
      decipher.setAAD(Buffer.from(JSON.stringify(identity)))
      decipher.setAuthTag(box.subarray(nonceSize, nonceSize + tagSize))
      const body = decipher.update(box.subarray(nonceSize + tagSize))
      return new Secret(Buffer.concat([body, decipher.final()]).toString('utf8'))
    } catch (error) {
      throw storeUnusable(
        `A sealed value in ${this.#database.file} (${identity.slice(1).join(' ')}) was tampered with.`,
        'Set the value again, or restore the control plane from a backup.',
        error,
      )
    }
  }

  /** HMAC-SHA-256 (hex) under a key of its own: a digest of a weak secret tells a thief of the database nothing. */
  digest(text: string): string {
    return createHmac('sha256', this.#keys().digest).update(text).digest('hex')
  }

  #keys(): Keys {
    const row = this.#database.get<{ key_id: string | null }>('SELECT key_id FROM state')
    const recorded = row?.key_id ?? undefined
    const keys = this.#loaded ?? this.#load(recorded !== undefined)
    if (recorded !== undefined && recorded !== keys.id) {
      throw storeUnusable(
        `The key ${this.#file} does not belong to ${this.#database.file}.`,
        'Put back the key that was beside this database.',
      )
    }
    // Not remembered as recorded: the surrounding write may still roll back.
    if (recorded === undefined && this.#database.writing) {
      this.#database.run('UPDATE state SET key_id = ?', keys.id)
    }
    this.#loaded = keys
    return keys
  }

  #load(inUse: boolean): Keys {
    const found = readPrivateFile(this.#file, keySize + 1) ?? this.#create(inUse)
    if (found.bytes.length !== keySize) {
      throw storeUnusable(
        `The key ${this.#file} is damaged.`,
        inUse ? 'Put back the key that was beside this database.' : 'Delete it and try again.',
      )
    }
    const derive = (purpose: string): Buffer =>
      Buffer.from(hkdfSync('sha256', found.bytes, '', `mcpauth ${purpose} v1`, keySize))
    return { seal: derive('seal'), digest: derive('digest'), id: derive('id').toString('hex') }
  }

  #create(inUse: boolean): { readonly bytes: Buffer } {
    if (inUse) {
      throw storeUnusable(
        `The key ${this.#file} is missing, and ${this.#database.file} holds values sealed with it.`,
        'Put the key back; without it the sealed values are lost and the control plane has to start afresh.',
      )
    }
    createPrivateFile(this.#file, this.#random(keySize), this.#random(8).toString('hex'))
    const created = readPrivateFile(this.#file, keySize + 1)
    if (created === undefined) {
      throw storeUnusable(`The key ${this.#file} vanished.`, 'Try again.')
    }
    return created
  }
}
