// A project as a document.
import type { Project } from '../control-plane/projects.ts'
import type { Document } from './output/documents.ts'

const apiVersion = 'cra.diagrid.io/v1beta1'

/** Which project is the current one belongs to the user and not to the document: it is left out. */
export function projectDocument(
  project: Project,
  sidecars?: readonly { readonly appId: string; readonly url: string }[],
): Document & { readonly apiVersion: string } {
  const { name, createdAt, resources } = project
  const manifest = {
    apiVersion,
    kind: 'Project',
    metadata: { name, createdAt },
    spec: {},
    status: {
      status: 'ready',
      resources,
      ...(sidecars === undefined ? {} : { sidecars: sidecars.map((one) => ({ ...one })) }),
    },
  }
  return { apiVersion, kind: 'Project', name, manifest }
}
