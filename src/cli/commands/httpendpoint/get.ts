// `mcpauth httpendpoint get` shows one HTTPEndpoint.
import { httpEndpointNoun, getCommand } from '../../resource-commands.ts'

export const httpEndpointGet = getCommand(httpEndpointNoun)
