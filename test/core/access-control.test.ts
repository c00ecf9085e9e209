// Who may call an App ID: our answer to each of Dapr's surprising results, and two evaluators that must agree with the engine.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  compileAccessControl,
  type AccessAction,
  type AccessControl,
  type AccessOperation,
  type AccessPolicy,
} from '../../src/core/access-control.ts'
import { naive, naiveDapr } from './naive-access-control.ts'

const client = { appId: 'client', namespace: 'test', trustDomain: 'public' }

function operation(
  action: AccessAction,
  name: string,
  verbs: readonly string[] = ['*'],
): AccessOperation {
  return { name, verbs, action, place: `${action} ${name}` }
}

function policy(operations: readonly AccessOperation[], parts: Partial<AccessPolicy> = {}) {
  return { ...client, defaultAction: undefined, operations, place: 'policy', ...parts }
}

function control(defaultAction: AccessAction, ...policies: readonly AccessPolicy[]): AccessControl {
  return { defaultAction, policies, place: 'block' }
}

/** `open` (allow everything else) and `closed` answer for each path of a policy with these operations. */
function answers(operations: readonly AccessOperation[], calls: readonly string[]) {
  return Object.fromEntries(
    calls.map((call) => {
      const [path = '', method = 'GET'] = call.split(' ')
      const decide = (fallback: AccessAction): string => {
        const spec = control(fallback, policy(operations))
        const question = { caller: client, path, method }
        return compileAccessControl(spec)(question).place === 'policy'
          ? 'default'
          : compileAccessControl(spec)(question).place
      }
      const [whenClosed, whenOpen] = [decide('deny'), decide('allow')]
      return [call, whenClosed === whenOpen ? whenOpen : `${whenClosed}, else ${whenOpen}`]
    }),
  )
}

const allow = (name: string, verbs?: readonly string[]) => operation('allow', name, verbs)
const deny = (name: string, verbs?: readonly string[]) => operation('deny', name, verbs)

describe('kept as in Dapr', () => {
  test.each([
    [
      'a literal covers what lies below it',
      [allow('/foo')],
      { '/foo': 'allow /foo', '/foo/bar/baz': 'allow /foo', '/foobar': 'default' },
    ],
    [
      'a star at the end takes one segment or none',
      [allow('/foo/*')],
      { '/foo': 'allow /foo/*', '/foo/bar': 'allow /foo/*', '/foo/bar/baz': 'default' },
    ],
    [
      'two stars at the end take everything',
      [allow('/foo/**')],
      { '/foo': 'allow /foo/**', '/foo/a/b': 'allow /foo/**', '/bar': 'default' },
    ],
    [
      'a star in a segment takes any characters, and what lies below',
      [allow('/foo*')],
      { '/foo': 'allow /foo*', '/foobar/baz': 'allow /foo*', '/fo': 'default' },
    ],
    ['a lone star', [allow('/*')], { '/': 'allow /*', '/foo': 'allow /*', '/foo/bar': 'default' }],
    ['two lone stars', [allow('/**')], { '/': 'allow /**', '/a/b/c': 'allow /**' }],
    ['a slash is the root alone', [deny('/')], { '/': 'deny /', '/foo': 'default' }],
    ['a star in the middle never allows', [allow('/foo/*/baz')], { '/foo/bar/baz': 'default' }],
    [
      'two stars in the middle allow one segment',
      [allow('/op/**/a')],
      { '/op/x/a': 'allow /op/**/a', '/op/x/y/a': 'default', '/op/a': 'default' },
    ],
    [
      'the first of siblings wins, so that a deny before an allow denies both',
      [deny('/**'), allow('/admin')],
      { '/admin': 'deny /**' },
    ],
    [
      'an allow before the deny of the rest is its exception',
      [allow('/admin'), deny('/**')],
      { '/admin': 'allow /admin', '/admin/x': 'allow /admin', '/other': 'deny /**' },
    ],
    [
      'a narrower allow below a denied literal is not found',
      [deny('/foo'), allow('/foo/bar')],
      { '/foo/bar': 'deny /foo' },
    ],
    [
      'a segment that leads nowhere is not left again',
      [allow('/foo/bar'), allow('/*')],
      { '/foo': 'default', '/bar': 'allow /*' },
    ],
    [
      'of equal patterns the first counts, whatever its verbs',
      [allow('/foo', ['GET']), allow('/foo', ['POST'])],
      { '/foo GET': 'allow /foo', '/foo POST': 'default' },
    ],
    ['an allow without a verb is not counted', [allow('/foo', [])], { '/foo': 'default' }],
    ['an allow for "get" is not counted', [allow('/foo', ['get'])], { '/foo': 'default' }],
    [
      'a verb that is not named goes to the default, HEAD too',
      [allow('/foo', ['GET'])],
      { '/foo GET': 'allow /foo', '/foo HEAD': 'default', '/foo POST': 'default' },
    ],
    [
      'case and a slash at the end do not count',
      [deny('/Admin')],
      { '/admin': 'deny /Admin', '/ADMIN/': 'deny /Admin' },
    ],
  ])('%s', (_, operations, expected) => {
    expect(answers(operations, Object.keys(expected))).toEqual(expected)
  })
})

describe('corrected: a deny is obeyed where Dapr passes it by', () => {
  test.each([
    ['below a literal', [allow('/foo'), deny('/foo/bar')], '/foo/bar', 'deny /foo/bar'],
    ['after two stars', [allow('/**'), deny('/admin')], '/admin/x', 'deny /admin'],
    ['with a star in the middle', [deny('/*/bar')], '/foo/bar', 'deny /*/bar'],
    ['with two stars in the middle', [deny('/op/**/a')], '/op/x/y/a', 'deny /op/**/a'],
    ['behind a segment that leads nowhere', [deny('/foo/bar'), deny('/*')], '/foo', 'deny /*'],
    [
      'of an equal pattern',
      [allow('/foo', ['GET']), deny('/foo', ['POST'])],
      '/foo POST',
      'deny /foo',
    ],
    ['without a verb', [deny('/foo', [])], '/foo DELETE', 'deny /foo'],
    ['for "get"', [deny('/foo', ['get'])], '/foo GET', 'deny /foo'],
    ['for GET, asked with HEAD', [deny('/foo', ['GET'])], '/foo HEAD', 'deny /foo'],
    ['with a slash at its end', [deny('/foo/')], '/foo', 'deny /foo/'],
    [
      'of an equal pattern and every verb',
      [allow('/a', ['*']), deny('/a', ['*'])],
      '/a',
      'deny /a',
    ],
  ])('%s', (_, operations, call, by) => {
    const [path = '', method = 'GET'] = call.split(' ')
    const spec = control('allow', policy(operations))
    const question = { caller: client, path, method }
    expect(naiveDapr(spec, question)).toBe(true)
    expect(compileAccessControl(spec)(question)).toMatchObject({ allowed: false, place: by })
  })

  test.each([
    ['a narrower pattern', [allow('/mcp'), deny('/*')], '/mcp'],
    ['a narrower pattern', [allow('/foo/*'), deny('/foo/**')], '/foo/x'],
    ['the verb by name', [allow('/mcp', ['POST']), deny('/mcp', ['*'])], '/mcp POST'],
    ['the verb by name', [allow('/mcp', ['POST']), deny('/mcp', [])], '/mcp POST'],
  ])('but not where an allow before it has %s', (_, operations, call) => {
    const [path = '', method = 'GET'] = call.split(' ')
    const spec = control('deny', policy(operations))
    expect(compileAccessControl(spec)({ caller: client, path, method }).allowed).toBe(true)
  })

  test('a path parameter does not lead past it', () => {
    const check = compileAccessControl(control('allow', policy([deny('/admin')])))
    const ask = (path: string) => check({ caller: client, path, method: 'GET' }).allowed
    expect(['/admin;x', '/admin;x=1/y', '/ADMIN;', '/a;x'].map(ask)).toEqual([
      false,
      false,
      false,
      true,
    ])
  })
})

describe('who calls', () => {
  const ask = (spec: AccessControl, caller: typeof client | undefined) => {
    const { allowed, place } = compileAccessControl(spec)({ caller, path: '/a', method: 'GET' })
    return `${allowed} by ${place}`
  }

  test('a policy is about one App ID of one namespace and trust domain', () => {
    const spec = control('deny', policy([], { defaultAction: 'allow' }))
    expect(ask(spec, client)).toBe('true by policy')
    for (const other of ['appId', 'namespace', 'trustDomain']) {
      expect(ask(spec, { ...client, [other]: 'other' })).toBe('false by block')
    }
  })

  test('a policy without a default leaves it to the block', () => {
    expect(ask(control('allow', policy([])), client)).toBe('true by policy')
    expect(ask(control('deny', policy([])), client)).toBe('false by policy')
  })

  test('of two policies for one caller each can deny', () => {
    const open = policy([], { defaultAction: 'allow', place: 'open' })
    const closed = policy([], { defaultAction: 'deny', place: 'closed' })
    expect(ask(control('allow', closed, open), client)).toBe('false by closed')
    expect(ask(control('allow', open, closed), client)).toBe('false by closed')
    expect(
      naiveDapr(control('deny', closed, open), { caller: client, path: '/', method: 'GET' }),
    ).toBe(true)
  })

  test('nobody gets the default, and nothing that is denied to anybody', () => {
    const denied = policy([deny('/a')])
    const others = policy([], { appId: 'other' })
    expect(ask(control('deny', policy([], { defaultAction: 'allow' })), undefined)).toBe(
      'false by block',
    )
    expect(ask(control('allow', others), undefined)).toBe('true by block')
    expect(ask(control('allow', others, denied), undefined)).toBe('false by deny /a')
    expect(ask(control('allow', others, denied), { ...client, appId: 'other' })).toBe(
      'true by policy',
    )
  })
})

describe('for any block and call', () => {
  const action = fc.constantFrom<AccessAction>('allow', 'deny')
  const segment = fc.constantFrom('a', 'ab', 'b', '*', '**', 'a*', '*b', 'A')
  const pattern = fc
    .array(segment, { maxLength: 3 })
    .chain((parts) => fc.constantFrom(`/${parts.join('/')}`, parts.join('/') || '/'))
  const verbs = fc.constantFrom<string[]>(['*'], ['GET'], ['POST', 'GET'], ['get'], ['HEAD'], [])
  const operations = fc.array(
    fc.record({ name: pattern, verbs, action, place: fc.constant('operation') }),
    { maxLength: 4 },
  )
  const policies = fc.array(
    fc.record({
      appId: fc.constantFrom('client', 'client', 'other'),
      namespace: fc.constantFrom('test', 'test', 'elsewhere'),
      trustDomain: fc.constant('public'),
      defaultAction: fc.option(action, { nil: undefined }),
      operations,
      place: fc.constant('policy'),
    }),
    { maxLength: 3 },
  )
  const spec = fc.record({ defaultAction: action, policies, place: fc.constant('block') })
  const word = fc.constantFrom('a', 'ab', 'abb', 'b', 'c', 'cb', 'AB', 'a;x', 'c;', '*')
  const path = fc.array(word, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const question = fc.record({
    caller: fc.constantFrom(client, client, undefined),
    path: fc.tuple(path, fc.constantFrom('', '/')).map((parts) => parts.join('')),
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
  })
  const questions = fc.array(question, { minLength: 10, maxLength: 30 })

  test('the engine and an evaluation by the book agree', () => {
    fc.assert(
      fc.property(spec, questions, (block, asked) => {
        const check = compileAccessControl(block)
        for (const one of asked) expect([one, check(one).allowed]).toEqual([one, naive(block, one)])
      }),
      { numRuns: 2000 },
    )
  })

  test('what is allowed here daprd allows too', () => {
    fc.assert(
      fc.property(spec, questions, (block, asked) => {
        const check = compileAccessControl(block)
        for (const one of asked)
          if (check(one).allowed) expect([one, naiveDapr(block, one)]).toEqual([one, true])
      }),
      { numRuns: 2000 },
    )
  })
})
