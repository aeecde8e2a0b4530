// An HTTP server: a receiver of webhooks, verified by the reference library of Standard Webhooks, or a gateway for short
// messages. Configuration: secret. Behaviour: status, headers, body, hang (connect or body), drop.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { behaviour, configuration, serve, tell } from './peer.mjs';

function verified(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { method, url, headers } = request;
  const secrets = behaviour.secrets ?? (configuration.secret ? [configuration.secret] : []);
  tell({ request: { method, url, headers, body: body.toString(), verified: secrets.map((secret) => verified(secret, body, headers)) } });
  const { hang, drop, status = 200, answer = '', repeat = 1 } = behaviour;
  if (drop) return request.socket.destroy();
  if (hang === 'head') return;
  response.writeHead(status, behaviour.headers ?? {});
  if (hang === 'body') return response.write('so far');
  for (let count = 0; count < repeat && !response.destroyed; count += 1) {
    if (!response.write(answer)) await Promise.race(['drain', 'close'].map((event) => new Promise((done) => response.once(event, done))));
  }
  response.end();
});
serve(server);
