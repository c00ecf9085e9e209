// Folders for this user alone, made level by level.
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { preparePrivateFolder } from '../../src/control-plane/private-file.ts'
import { makePrivateFolder } from '../../src/control-plane/private-folder.ts'
import { temporaryFolder } from '../support/temp-home.ts'

describe('a private folder', () => {
  it('comes with what is missing above it, for its owner alone, and may be there already', () => {
    const top = temporaryFolder()
    makePrivateFolder(join(top, 'a', 'b', 'c'))
    makePrivateFolder(join(top, 'a', 'b', 'c'))
    for (const path of ['a', 'a/b', 'a/b/c']) {
      expect(statSync(join(top, path)).mode & 0o777).toBe(0o700)
    }
  })

  it('may be reached through a link, and is refused where something else stands', () => {
    const top = temporaryFolder()
    const refusal = (path: string): unknown => {
      try {
        preparePrivateFolder(join(top, path))
        return undefined
      } catch (error) {
        return error
      }
    }
    writeFileSync(join(top, 'file'), '')
    symlinkSync(top, join(top, 'link'))
    symlinkSync(join(top, 'nowhere'), join(top, 'dangling'))
    expect(refusal('link/a')).toBeUndefined()
    expect(refusal('file')).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('is in the way'),
    })
    expect(refusal('file/a/b')).toMatchObject({
      message: expect.stringContaining('lies below something that is not a folder'),
    })
    expect(refusal('dangling')).toMatchObject({ message: expect.stringContaining('in the way') })
  })
})
