// Cases about what callers without a token may read: metadata, and what browsers ask first.
import { documentOf, textsOf } from '../json-answer.ts'
import { resourceMetadataPlaces } from '../places.ts'
import type { Finding } from '../finding.ts'
import { judgeBrowsers, pageOrigin, preflightProbe } from '../steps/browsers.ts'
import { judgeResourceMetadata } from '../steps/resource-metadata.ts'
import type { Bench, Case, Outcome } from './case.ts'

function firstOf(findings: readonly Finding[], wanted: (id: string) => boolean): Outcome {
  const found = findings.find(({ id }) => wanted(id))
  return found === undefined ? undefined : `${found.id}: ${found.message.replace(/\.$/, '')}`
}

async function metadataAt(bench: Bench, index: 0 | -1): Promise<Outcome> {
  const place = resourceMetadataPlaces(bench.named, undefined).at(index)
  if (place === undefined) return undefined
  const fetched = await bench.send({ method: 'GET', url: place.url })
  const { findings } = judgeResourceMetadata(bench.named, [{ ...place, fetched }])
  // At the root they may be about all of the origin, as a server of several resources has one root.
  const tolerated = ['offline-access', ...(index === -1 ? ['resource-broad'] : [])]
  return firstOf(findings, (id) => !tolerated.some((one) => id.endsWith(`.${one}`)))
}

async function documentAt(bench: Bench) {
  const [place] = resourceMetadataPlaces(bench.named, undefined)
  const fetched = await bench.send({
    method: 'GET',
    url: place?.url ?? '',
    headers: [['origin', pageOrigin]],
  })
  return fetched.ok && fetched.status === 200 ? fetched : undefined
}

async function browsers(bench: Bench, wanted: (id: string) => boolean): Promise<Outcome> {
  const preflight = await bench.send(preflightProbe(bench.server.href))
  const refused = await bench.call([['origin', pageOrigin]])
  const challenge = refused.ok ? refused : undefined
  const metadata = await documentAt(bench)
  return firstOf(judgeBrowsers({ preflight, challenge, metadata }).findings, wanted)
}

export const metadataCases: readonly Case[] = [
  {
    id: 'metadata-path',
    must: 'The metadata are at the well-known URL with the path, for everybody, and name this very URL',
    run: (bench) => metadataAt(bench, 0),
  },
  {
    id: 'metadata-root',
    must: 'The metadata are at the well-known URL without the path as well',
    run: (bench) => metadataAt(bench, -1),
  },
  {
    id: 'no-offline-access',
    must: 'Neither metadata nor challenge ask for offline_access',
    run: async (bench) => {
      const answer = await documentAt(bench)
      const document = answer === undefined ? undefined : documentOf(answer)
      const listed = document === undefined ? [] : (textsOf(document, 'scopes_supported') ?? [])
      if (listed.includes('offline_access')) return 'scopes_supported has it'
      const refused = await bench.call()
      const challenge = refused.ok ? refused.values('www-authenticate').join() : ''
      return challenge.includes('offline_access') ? 'the challenge has it' : undefined
    },
  },
  {
    id: 'unknown-well-known',
    must: 'A well-known URL that does not exist gets 404',
    run: async ({ send, named }) => {
      const url = `${named.origin}/.well-known/mcpauth-verify`
      const answer = await send({ method: 'GET', url })
      if (answer.ok && answer.status === 404) return undefined
      return answer.ok ? `it answered ${answer.status}` : `the server ${answer.detail}`
    },
  },
  {
    id: 'preflight',
    must: `A preflight of a page at ${pageOrigin} is answered without a token`,
    run: (bench) => browsers(bench, (id) => /preflight|not-allowed/.test(id)),
  },
  {
    id: 'readable-challenge',
    must: 'That page can read the challenge',
    run: (bench) => browsers(bench, (id) => id === 'browsers.challenge-hidden'),
  },
  {
    id: 'readable-metadata',
    must: 'That page can read the metadata',
    run: (bench) => browsers(bench, (id) => id === 'browsers.metadata-hidden'),
  },
]
