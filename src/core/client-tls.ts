// What is wrong with the PEM documents of a TLS connection; manifests ask it of literals, the control plane of what they refer to.
import { createPrivateKey, X509Certificate } from 'node:crypto'

import type { RuleProblem } from './rule-problem.ts'

export const tlsDocuments = ['rootCA', 'certificate', 'privateKey'] as const

export type TlsDocumentName = (typeof tlsDocuments)[number]

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** What is wrong with one document by itself. */
export function tlsDocumentProblem(name: TlsDocumentName, pem: string): RuleProblem | undefined {
  return name === 'privateKey' ? privateKeyProblem(pem) : certificatesProblem(pem)
}

/** What is wrong with a certificate and a key that are sound by themselves. */
export function keyPairProblem(certificate: string, privateKey: string): RuleProblem | undefined {
  const [own = ''] = certificate.match(certificateBlock) ?? []
  if (new X509Certificate(own).checkPrivateKey(createPrivateKey(privateKey))) return undefined
  return {
    problem: 'is not the key of the certificate',
    hint: 'Give the key that the certificate was made for; of a chain, the first certificate counts.',
  }
}

function certificatesProblem(pem: string): RuleProblem | undefined {
  const blocks = pem.match(certificateBlock) ?? []
  const isSound =
    blocks.length > 0 && blocks.every((block) => parses(() => new X509Certificate(block)))
  if (isSound) return undefined
  return {
    problem: 'is no certificate in PEM',
    hint: 'Give the text from "-----BEGIN CERTIFICATE-----" to its end, line breaks included.',
  }
}

function privateKeyProblem(pem: string): RuleProblem | undefined {
  if (/ENCRYPTED/.test(pem)) {
    return {
      problem: 'is encrypted, and there is no field for its passphrase',
      hint: 'Give it without a passphrase, from a secret store.',
    }
  }
  if (parses(() => createPrivateKey(pem))) return undefined
  return {
    problem: 'is no private key in PEM',
    hint: 'Give the text from "-----BEGIN PRIVATE KEY-----" to its end, line breaks included.',
  }
}

function parses(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
