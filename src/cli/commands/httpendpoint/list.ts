// `mcpauth httpendpoint list` lists the HTTPEndpoints of a project.
import { httpEndpointNoun, listCommand } from '../../resource-commands.ts'

export const httpEndpointList = listCommand(httpEndpointNoun)
