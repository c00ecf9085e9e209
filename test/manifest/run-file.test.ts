// The run file against its schema: what is wrong is told at its place, what means nothing here once.
import { describe, expect, test } from 'vitest'

import { placeOf } from '../../src/core/diagnostic.ts'
import { renderDiagnostics } from '../../src/manifest/render.ts'
import { parseRunFile } from '../../src/manifest/run-file.ts'

const read = (text: string) => parseRunFile({ file: 'run.yaml', text })
const told = (text: string): string[] =>
  read(text).diagnostics.map(
    (one) => `${placeOf(one)} ${one.severity} ${one.message} ${one.hint ?? ''}`,
  )

describe('a run file', () => {
  test('is read as it is written', () => {
    const { runFile, diagnostics } = read(
      'version: 1\ncommon: { env: { A: 1 } }\napps:\n- appID: a\n  command: [node, a.js]\n',
    )
    expect(diagnostics).toEqual([])
    expect(runFile).toEqual({
      version: 1,
      common: { env: { A: 1 } },
      apps: [{ appID: 'a', command: ['node', 'a.js'] }],
    })
  })

  test('with unknown fields is refused, with what may be meant', () => {
    expect(told('version: 1\napps:\n- appId: a\n  appProt: 8000\n')).toEqual([
      'run.yaml:3:3 error Unknown field "appId" in apps[0]. Did you mean "appID"?',
      'run.yaml:4:3 error Unknown field "appProt" in apps[0]. Did you mean "appPort"?',
    ])
  })

  test.each([
    ['apps: [{ appID: a }]', 'version is missing'],
    ['version: 2\napps: [{ appID: a }]', 'version must be one of: 1.'],
    ['version: 1\napps: []', 'apps is not valid'],
    ['version: 1\napps: [{ appID: a, appProtocol: grpc }]', 'must be one of: http'],
    ['version: 1\napps: [{ appPort: 70000 }]', 'apps[0].appPort must be at most 65535'],
    ['apiVersion: a\nkind: Component', 'This is a manifest, not a run file.'],
    ['', 'run.yaml holds no run file.'],
    ['version: 1\napps: [{ appID: a }]\n---\nversion: 1', 'here begins a second one'],
    ['version: 1\napps: [{ appID: a }', 'run.yaml:'],
    ['version: 1\nversion: 1\napps: [{ appID: a }]', 'run.yaml:2:1'],
  ])('%j is refused', (text, message) => {
    const { runFile } = read(text)
    expect(runFile).toBeUndefined()
    expect(told(text).join('\n')).toContain(message)
  })

  test('with fields that mean nothing here gets one warning', () => {
    const text = `version: 1
common: { logLevel: debug, env: { logLevel: x } }
apps:
- { appID: a, enableAppHealthCheck: true, appMaxConcurrency: 3, metricsPort: 1 }
- { appID: b, logLevel: info, daprGRPCPort: 2 }
`
    expect(read(text).runFile).toBeDefined()
    expect(told(text)).toEqual([
      'run.yaml:2:11 warning Fields without meaning here are ignored: logLevel, appMaxConcurrency, ' +
        'metricsPort, daprGRPCPort. Remove them, or keep them for Dapr.',
    ])
  })
})

describe('a code frame', () => {
  const same = (text: string): string => text
  const framed = (text: string): string => {
    const { diagnostics, sources } = read(text)
    return renderDiagnostics(diagnostics, sources, { error: same, warning: same, dim: same })
  }

  test('shows the fields of a run file', () => {
    expect(framed('version: 1\napps:\n  - appID: a\n    logLevel: info\n')).toContain(
      '  2 | apps:\n  3 |   - appID: a\n  4 |     logLevel: info\n',
    )
  })

  test.each(['appProt: 1', 'appPort: "1', 'appPort: 1'])(
    'shows nothing of what programs are given, beside %s',
    (line) => {
      const text = framed(`version: 1
common: { env: { A: canary } }
apps:
  - env:
      A: canary
      appID: { x: canary }
    ${line}
    command:
      - canary
      - --key=canary
      - |
        canary
        B: canary
    logLevel: info
`)
      expect(text).toMatch(/error|warning/)
      expect(text).not.toContain('canary')
    },
  )
})
