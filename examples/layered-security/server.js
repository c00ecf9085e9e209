// Greets whoever got through to it.
import { createServer } from 'node:http'

createServer((request, response) => {
  response.end(`hello ${String(request.headers['dapr-caller-app-id'])}\n`)
}).listen(Number(process.env.APP_PORT), '127.0.0.1')
