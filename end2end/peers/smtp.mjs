// A mail server. Configuration: security (tls, starttls, plain), key, cert, login { name, password }, utf8.
// Behaviour: refuse { at: connect|auth|mail|rcpt|data, code }, hang: one of these places, drop: one of these places.
import { SMTPServer } from 'smtp-server';
import { behaviour, configuration, serve, tell } from './peer.mjs';

const { security, key, cert, login, utf8 = true } = configuration;
let connections = 0;

/** Goes on, or does what it was told to do at this place. */
function pass(place, done) {
  const { refuse, hang, drop } = behaviour;
  if (hang === place) return tell({ hung: place });
  if (drop === place) {
    for (const connection of server.connections) connection._socket.destroy();
    return;
  }
  if (refuse?.at !== place) return done();
  const error = new Error('not\tnow, or never');
  error.responseCode = refuse.code;
  done(error);
}

const server = new SMTPServer({
  logger: false,
  secure: security === 'tls',
  key,
  cert,
  hideSTARTTLS: security !== 'starttls',
  disabledCommands: login ? [] : ['AUTH'],
  allowInsecureAuth: false,
  hideSMTPUTF8: !utf8,
  disableReverseLookup: true,
  onConnect: (session, done) => {
    connections += 1;
    pass('connect', done);
  },
  onAuth: (auth, session, done) => {
    const right = auth.username === login.name && auth.password === login.password;
    pass('auth', (error) => done(error ?? (right ? null : new Error('wrong')), right && { user: auth.username }));
  },
  onMailFrom: (address, session, done) => pass('mail', done),
  onRcptTo: (address, session, done) => pass('rcpt', done),
  onData: (stream, session, done) => {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    stream.on('end', () => {
      pass('data', (error) => {
        if (error) return done(error);
        const { mailFrom, rcptTo } = session.envelope;
        const raw = Buffer.concat(pieces).toString('latin1');
        tell({ mail: { from: mailFrom.address, to: rcptTo.map((to) => to.address), raw, secure: session.secure, user: session.user ?? null, connections } });
        done(null, 'queued as 4T5X');
      });
    });
  },
});
server.on('error', () => {});
serve(server);
