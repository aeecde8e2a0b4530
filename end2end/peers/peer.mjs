// What every peer of the Rust tests does (crates/testkit/src/peer.rs): its configuration is the first argument, commands
// come one a line and are answered, and what happens is told in between. It ends with its standard input.
import { createInterface } from 'node:readline';

export const configuration = JSON.parse(process.argv[2] ?? '{}');

/** How the peer behaves; commands change it. */
export const behaviour = {};

export function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** `actions`: what commands do besides changing the behaviour, by name. */
export function serve(server, actions = {}) {
  server.listen(0, '127.0.0.1', () => tell({ port: (server.server ?? server).address().port }));
  const commands = createInterface({ input: process.stdin });
  commands.on('line', async (line) => {
    const command = JSON.parse(line);
    let answer = true;
    for (const [name, value] of Object.entries(command)) {
      if (actions[name]) answer = await actions[name](value);
      else behaviour[name] = value;
    }
    tell({ answer });
  });
  commands.on('close', () => process.exit(0));
}
