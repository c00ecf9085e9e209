// The database file: modes, migrations, and files that are not ours and stay as they are.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { Database } from '../../src/control-plane/database.ts'
import { latestVersion, migrations } from '../../src/control-plane/migrations/index.ts'
import { Vault } from '../../src/control-plane/vault.ts'
import { McpAuthError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { canary, component, configuration, endpoint, open, temporaryHome } from './builders.ts'

function mode(path: string): number {
  return statSync(path).mode & 0o777
}

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    if (error instanceof McpAuthError) return error.code
    throw error
  }
}

/** A closed control plane with something in it. */
function filledHome(): { home: string; file: string } {
  const home = temporaryHome()
  const plane = open(home)
  plane.apply('default', [endpoint('api')])
  plane.close()
  return { home, file: join(home, 'control-plane.db') }
}

describe('a new control plane', () => {
  test('is readable by its owner only, whatever the umask', () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    const home = temporaryHome()
    open(home).apply('default', [endpoint('api')])
    expect(mode(home)).toBe(0o700)
    const files = readdirSync(home).toSorted()
    expect(files).toEqual([
      'control-plane.db',
      'control-plane.db-shm',
      'control-plane.db-wal',
      'key',
    ])
    expect(files.map((file) => mode(join(home, file)))).toEqual(Array(4).fill(0o600))
  })

  test('has the latest schema, our application id and the default project', () => {
    const { home, file } = filledHome()
    const header = readFileSync(file)
    expect(header.toString('latin1', 68, 72)).toBe('MCPA')
    expect(header.readUInt32BE(60)).toBe(latestVersion)
    expect(open(home).projects.list()).toMatchObject([{ name: 'default', active: true }])
  })

  test('migrations are numbered from 1 without gaps', () => {
    expect(migrations.map((migration) => migration.version)).toEqual(
      migrations.map((_, index) => index + 1),
    )
  })

  test('a backup is a control plane of its own', () => {
    const { home } = filledHome()
    const copy = temporaryHome()
    mkdirSync(copy, { mode: 0o700 })
    const plane = open(home)
    plane.backup(join(copy, 'control-plane.db'))
    expect(mode(join(copy, 'control-plane.db'))).toBe(0o600)
    expect(() => {
      plane.backup(join(copy, 'control-plane.db'))
    }).toThrow(/exists/)
    expect(open(copy).resources.list('default')).toHaveLength(1)
  })
})

describe('a file that cannot be used is refused and left alone', () => {
  const cases: Record<string, { spoil: (file: string) => void; code: string; message: RegExp }> = {
    text: {
      spoil: (file) => writeFileSync(file, 'not a database, but long enough '.repeat(10)),
      code: 'STORE_UNUSABLE',
      message: /is not a database/,
    },
    short: {
      spoil: (file) => writeFileSync(file, 'SQLite format 3\0'),
      code: 'STORE_UNUSABLE',
      message: /is not a database/,
    },
    'zero length': {
      spoil: (file) => {
        truncateSync(file)
      },
      code: 'STORE_UNUSABLE',
      message: /is empty/,
    },
    truncated: {
      spoil: (file) => {
        truncateSync(file, 8192)
      },
      code: 'STORE_UNUSABLE',
      message: /damaged/,
    },
    garbage: {
      spoil: (file) => {
        const bytes = readFileSync(file)
        bytes.fill(0xff, 100)
        writeFileSync(file, bytes)
      },
      code: 'STORE_UNUSABLE',
      message: /damaged|not a database/,
    },
    'another program': {
      spoil: (file) => {
        patch(file, 68, 0x12345678)
      },
      code: 'STORE_UNUSABLE',
      message: /another program/,
    },
    newer: {
      spoil: (file) => {
        patch(file, 60, latestVersion + 1)
      },
      code: 'STORE_NEWER',
      message: /schema version/,
    },
    'open to others': {
      spoil: (file) => {
        chmodSync(file, 0o644)
      },
      code: 'STORE_UNUSABLE',
      message: /open to other users/,
    },
    'read-only': {
      spoil: (file) => {
        chmodSync(file, 0o400)
      },
      code: 'STORE_UNUSABLE',
      message: /read-only/,
    },
  }

  test.for(Object.entries(cases))('%s', ([, { spoil, code, message }]) => {
    const { home, file } = filledHome()
    spoil(file)
    const bytes = readFileSync(file)
    expect(codeOf(() => open(home))).toBe(code)
    expect(() => open(home)).toThrow(message)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(home).toSorted()).toEqual(['control-plane.db', 'key'])
  })

  test('a symbolic link, a directory, a home of everyone, an orphaned log', () => {
    const { home, file } = filledHome()
    const other = filledHome()
    rmSync(file)
    symlinkSync(other.file, file)
    expect(() => open(home)).toThrow(/symbolic link/)
    rmSync(file)
    mkdirSync(file)
    expect(() => open(home)).toThrow(/is a directory/)
    rmSync(file, { recursive: true })
    writeFileSync(`${file}-wal`, 'left over', { mode: 0o600 })
    expect(() => open(home)).toThrow(/is missing, but its log/)
    expect(existsSync(file)).toBe(false)
    chmodSync(other.home, 0o777)
    expect(() => open(other.home)).toThrow(/can be changed by other users/)
  })
})

function patch(file: string, offset: number, value: number): void {
  const bytes = readFileSync(file)
  bytes.writeUInt32BE(value, offset)
  writeFileSync(file, bytes)
}

function connect(home: string): Database {
  const database = new Database({ home, random: randomBytes, busyTimeoutMs: 20 })
  onTestFinished(() => {
    database.close()
  })
  return database
}

describe('a transaction', () => {
  test('that waits too long for another writer fails with STORE_BUSY', () => {
    const { home } = filledHome()
    const [first, second] = [connect(home), connect(home)]
    const outcome = first.write(() => codeOf(() => second.write(() => 'written')))
    expect(outcome).toBe('STORE_BUSY')
    expect(second.write(() => 'written')).toBe('written')
  })

  test('that throws leaves nothing behind', () => {
    const database = connect(filledHome().home)
    const revision = (): unknown => database.get('SELECT revision FROM state')
    const before = revision()
    expect(() =>
      database.write(() => {
        database.run('UPDATE state SET revision = 99')
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(revision()).toEqual(before)
    expect(database.writing).toBe(false)
  })
})

describe('secrets at rest', () => {
  test('no byte of the store or of any answer holds a secret', () => {
    const home = temporaryHome()
    const plane = open(home)
    const [builtIn, literal, appToken] = [canary(), canary(), canary()]
    plane.secrets.set('default', 'oauth-secret', 'clientSecret', new Secret(builtIn))
    plane.appIds.create('default', 'app', {
      endpointUrl: 'http://127.0.0.1:8000',
      endpointToken: new Secret(appToken),
    })
    const batch = [
      component('oauth2', {
        metadata: [
          { name: 'clientID', value: literal },
          { name: 'clientSecret', secretKeyRef: { name: 'oauth-secret', key: 'clientSecret' } },
        ],
        sensitive: ['/spec/metadata/0/value'],
      }),
      configuration('config', { oauth2: {} }),
    ]
    const applied = plane.apply('default', batch)
    plane.appIds.update('default', 'app', { appConfig: 'config' })
    const { apiToken, ...appId } = plane.appIds.get('default', 'app')
    const secrets = [builtIn, literal, appToken, apiToken.reveal()]
    const answers = JSON.stringify([
      applied,
      appId,
      plane.resources.list('default'),
      plane.secrets.list('default'),
      plane.snapshot('default', 'app'),
      plane.plan('default', [component('oauth2')]),
    ])
    const stored = (): string =>
      readdirSync(home)
        .map((file) => readFileSync(join(home, file)).toString('latin1'))
        .join()
    for (const secret of secrets) {
      expect(answers).not.toContain(secret)
      expect(stored()).not.toContain(secret)
    }
    expect(stored()).toContain('oauth-secret')
  })

  test('a sealed value opens in its own row only', () => {
    const { home } = filledHome()
    const database = connect(home)
    const vault = new Vault(home, database, randomBytes)
    const box = database.write(() => vault.seal(['secrets', 'default', 'a', 'key'], 'value'))
    expect(vault.unseal(['secrets', 'default', 'a', 'key'], box).reveal()).toBe('value')
    expect(() => vault.unseal(['secrets', 'default', 'b', 'key'], box)).toThrow(/tampered with/)
    expect(() => vault.unseal(['secrets', 'default', 'a', 'key'], box.subarray(0, 20))).toThrow(
      /tampered with/,
    )
  })

  test('the key is never replaced', () => {
    const home = temporaryHome()
    const plane = open(home)
    plane.secrets.set('default', 'name', 'key', new Secret('value'))
    plane.close()
    const key = readFileSync(join(home, 'key'))
    rmSync(join(home, 'key'))
    expect(() => open(home).secrets.set('default', 'a', 'b', new Secret('c'))).toThrow(
      /key .* is missing/,
    )
    expect(existsSync(join(home, 'key'))).toBe(false)
    writeFileSync(join(home, 'key'), Buffer.alloc(32, 7), { mode: 0o600 })
    expect(() => open(home).apply('default', [endpoint('api')])).toThrow(/does not belong/)
    writeFileSync(join(home, 'key'), key.subarray(0, 5))
    expect(() => open(home).apply('default', [endpoint('api')])).toThrow(/is damaged/)
    writeFileSync(join(home, 'key'), key)
    chmodSync(join(home, 'key'), 0o640)
    expect(() => open(home).apply('default', [endpoint('api')])).toThrow(/open to other users/)
    chmodSync(join(home, 'key'), 0o600)
    expect(open(home).apply('default', [endpoint('api')]).applied).toBe(true)
  })
})
