// What `dev run --dry-run` found out, for people.
import type { DryRun, DryRunApp } from '../../../dev/dry-run.ts'
import { fields, singleLine } from '../../output/table.ts'

export function dryRunText(run: DryRun): string {
  const { project, applied, unchanged, secrets, idpPort, envServerPort } = run
  const rest = unchanged === 0 ? [] : [`${unchanged} unchanged`]
  const head = fields([
    ['Project', project],
    ['Applied', [...applied, ...rest].join(', ') || 'nothing'],
    ['Stored', secrets.length === 0 ? undefined : secrets.join(', ')],
    ['Token server', idpPort === undefined ? undefined : portText(idpPort)],
    ['Env server', envServerPort === undefined ? undefined : portText(envServerPort)],
  ])
  return [head, ...run.apps.map((app) => `\n${appText(app)}`)].join('')
}

function appText(app: DryRunApp): string {
  const { command, appPort, sidecarPort, ingressPort, healthCheck: check } = app
  return fields([
    ['App ID', app.appId],
    ['Command', command.length === 0 ? 'none: the sidecar alone' : command.map(word).join(' ')],
    ['Folder', app.folder],
    ['App port', appPort === undefined ? 'none' : String(appPort)],
    ['Sidecar', sidecarPort === undefined ? '3500, or a free port' : portText(sidecarPort)],
    ['Ingress', ingressPort === undefined ? 'none' : portText(ingressPort)],
    ['Environment', app.environment.join(', ')],
    ['Configuration', app.configuration],
    [
      'Health check',
      check === undefined ? undefined : `GET ${check.path} every ${check.intervalSeconds} s`,
    ],
    ['Logs', `app: ${app.appLog}, sidecar: ${app.sidecarLog}`],
  ])
}

function portText(port: number): string {
  return port === 0 ? 'a free port' : String(port)
}

/** As words of a list, so that one with blanks is seen to be one. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(singleLine(text))
}
