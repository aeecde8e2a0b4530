// A short message centre. Configuration: login { name, password }; key and cert for TLS.
// Behaviour: bind (a status, for every bind), submit (statuses of the next parts, null for no answer; then 0), deaf (answers
// nothing at all), hexadecimal (ids). Actions: receipt { id, ... }, enquire, unbind, drop, raw (octets in hexadecimal).
import smpp from 'smpp';
import { behaviour, configuration, serve, tell } from './peer.mjs';

const sessions = new Set();
let lastId = 0x0f39;

const { key, cert } = configuration;
const server = smpp.createServer({ key, cert }, (session) => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session) && tell({ closed: true }));
  session.on('error', () => {});
  const answer = (pdu, more) => behaviour.deaf || session.send(pdu.response(more));
  session.on('bind_transceiver', (pdu) => {
    const { system_id, password, interface_version } = pdu;
    const { name, password: right } = configuration.login;
    const status = behaviour.bind ?? (system_id === name && password === right ? 0 : smpp.ESME_RINVPASWD);
    tell({ bind: { system_id, interface_version, status } });
    answer(pdu, { command_status: status, system_id: 'SMSC' });
  });
  session.on('submit_sm', (pdu) => {
    const status = behaviour.submit?.length ? behaviour.submit.shift() : 0;
    const { udh, message } = pdu.short_message;
    lastId += 1;
    const id = behaviour.hexadecimal ? lastId.toString(16).toUpperCase().padStart(8, '0') : String(lastId);
    tell({
      submit: {
        id,
        status,
        source: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
        destination: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
        esm_class: pdu.esm_class,
        data_coding: pdu.data_coding,
        registered_delivery: pdu.registered_delivery,
        validity: pdu.validity_period,
        udh: udh?.map((element) => element.toString('hex')) ?? null,
        sar: pdu.sar_total_segments ? [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum] : null,
        text: message,
      },
    });
    if (status !== null) answer(pdu, status ? { command_status: status } : { message_id: id });
  });
  session.on('enquire_link', (pdu) => {
    tell({ enquired: true });
    answer(pdu);
  });
  session.on('unbind', (pdu) => {
    tell({ unbind: true });
    answer(pdu);
    if (!behaviour.deaf) session.close();
  });
  session.on('pdu', (pdu) => {
    if (pdu.command === 'generic_nack') tell({ nack: pdu.command_status });
  });
});

const bound = () => [...sessions].at(-1);
const asked = (send) => new Promise((done) => send((response) => done(response.command_status)));

serve(server, {
  receipt: ({ text = '', parameters = {}, esm_class = smpp.ESM_CLASS.MC_DELIVERY_RECEIPT }) =>
    asked((done) => bound().deliver_sm({ esm_class, source_addr: '886912345678', short_message: text, ...parameters }, done)),
  enquire: () => asked((done) => bound().enquire_link(done)),
  unbind: () => asked((done) => bound().unbind(done)),
  drop: () => {
    for (const session of sessions) session.destroy();
    return true;
  },
  raw: (octets) => bound().socket.write(Buffer.from(octets, 'hex')),
});
